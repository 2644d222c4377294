// SPDX-License-Identifier: GPL-2.0-only
/* The critical path of made-up programs, and how it is told in few segments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "analysis/rows.h"
#include "analysis/segments.h"
#include "tests/unit/fake_model.inc"

#include "tests/unit/fake_symbol.inc"

static struct report_table *table(const struct report *r, const char *name)
{
	struct report_table *t = report__find(r, name);

	assert_non_null(t);
	return t;
}

static int64_t root_int(const struct report *r, const char *key)
{
	return table__int(table(r, ""), 0, key);
}

/* The report; what must hold of any is checked: the path covers the window just once. */
static struct report *report_of(struct fake *f)
{
	int64_t at = (int64_t)f->model.start_ns, all = 0;
	struct report_table *by, *segments;
	struct report *r;
	size_t i;

	fake__complete(f);
	r = fake__report(f);
	assert_non_null(r);
	by = table(r, "critical_path.by");
	segments = table(r, "critical_path.segments");
	for (i = 0; i < table__rows(by); i++)
		all += table__int(by, i, "ns");
	assert_int_equal(all, root_int(r, "wall_ns"));
	assert_int_equal(all, root_int(r, "critical_path.ns"));
	assert_int_equal(all, root_int(r, "critical_path.running_ns") +
				      root_int(r, "critical_path.runnable_ns") +
				      root_int(r, "critical_path.blocked_ns") +
				      root_int(r, "critical_path.unknown_ns"));
	assert_in_range(table__rows(segments), 0, SEGMENTS_MOST);
	for (i = 0; i < table__rows(segments); i++) {
		assert_int_equal(table__int(segments, i, "start_ns"), at);
		assert_true(table__int(segments, i, "end_ns") > at);
		at = table__int(segments, i, "end_ns");
	}
	assert_int_equal(at, (int64_t)f->model.end_ns);
	return r;
}

/* "main running 10 | b blocked mutex 5": the path in a line; frees all. */
static void check_path(struct fake *f, const char *expected)
{
	struct report *r = report_of(f);
	struct report_table *t = table(r, "critical_path.segments");
	char text[1024] = "";
	size_t i, len = 0;

	for (i = 0; i < table__rows(t); i++) {
		const char *comm = table__text(t, i, "comm"), *cause = table__text(t, i, "cause");
		const char *subject = table__text(t, i, "subject");

		len += (size_t)snprintf(
			text + len, sizeof(text) - len, "%s%s %s%s%s%s%s%s %d", i ? " | " : "",
			comm ? comm : "-", table__text(t, i, "state"), cause ? " " : "",
			cause ? cause : "", subject ? " [" : "", subject ? subject : "",
			subject ? "]" : "",
			(int)(table__int(t, i, "end_ns") - table__int(t, i, "start_ns")));
	}
	assert_string_equal(text, expected);
	report__free(r);
	fake__free(f);
}

/* --- telling what tasks do --- */

static void runs(struct fake *f, struct model_task *task, uint64_t ns)
{
	fake__do(f, task, TASK_RUNNING, ns, task->id % 4, NULL);
}

/* For so long, then somebody wakes it. */
static void waits(struct fake *f, struct model_task *task, enum cause cause, uint64_t ns,
		  enum wake_source by, const struct model_task *waker)
{
	fake__do(f, task, TASK_BLOCKED, ns, 0, fake__wait(f, cause, NULL));
	f->tasks[f->ntasks - 1].woken_by = by;
	f->tasks[f->ntasks - 1].waker = waker;
}

/* For a CPU, after that one woke or created it. */
static void queues(struct fake *f, struct model_task *task, uint64_t ns,
		   const struct model_task *waker)
{
	fake__do(f, task, TASK_RUNNABLE, ns, 0, NULL);
	f->tasks[f->ntasks - 1].woken_by = waker ? WAKE_TASK : WAKE_UNKNOWN;
	f->tasks[f->ntasks - 1].waker = waker;
	f->tasks[f->ntasks - 1].preempted = !waker;
}

static void ends(struct model_task *task)
{
	task->ended = true;
}

/* --- the way back --- */

/* Of two workers the one that takes longer is on the path, from its birth to its end. */
static void test_fork_and_join(void **state)
{
	struct fake *f = fake__new(4, 100);
	struct model_task *root = fake__task(f, "main", 100);
	struct model_task *slow = fake__task(f, "slow", 110), *fast = fake__task(f, "fast", 112);

	(void)state;
	runs(f, root, 15);
	waits(f, root, CAUSE_JOIN, 10, WAKE_TASK, fast);
	queues(f, root, 1, fast);
	runs(f, root, 2);
	waits(f, root, CAUSE_JOIN, 72, WAKE_TASK, slow);
	queues(f, root, 3, slow);
	runs(f, root, 7);
	ends(root);
	queues(f, slow, 5, root);
	runs(f, slow, 60);
	queues(f, slow, 4, NULL);
	runs(f, slow, 22);
	ends(slow);
	queues(f, fast, 3, root);
	runs(f, fast, 11);
	ends(fast);
	check_path(f, "main running 10 | slow runnable [CPU] 5 | slow running 60 | "
		      "slow runnable [CPU, preempted] 4 | slow running 21 | "
		      "main runnable [CPU] 3 | main running 7");
}

/* What nobody of the workload ended stays; another program is named, a kernel thread is not. */
static void test_woken_from_outside(void **state)
{
	static const struct file_info socket = {.mode = S_IFSOCK,
						.family = 2,
						.protocol = 1,
						.local = {127, 0, 0, 1},
						.local_port = 80,
						.index = 0};
	struct fake *f = fake__new(4, 0);
	struct model_task *root = fake__task(f, "main", 0);
	struct model_task *server = fake__task(f, "nginx", 0), *twin = fake__task(f, "nginx", 0);
	struct model_task *worker = fake__task(f, "kworker", 0);
	struct wait *wait;

	(void)state;
	server->traced = twin->traced = worker->traced = false;
	worker->kthread = true;
	f->model.files[f->model.nfiles++] = &socket;
	waits(f, root, CAUSE_SLEEP, 1, WAKE_TIMER, NULL);
	waits(f, root, CAUSE_POLL, 2, WAKE_NETWORK, NULL);
	waits(f, root, CAUSE_DISK, 3, WAKE_DISK, NULL);
	waits(f, root, CAUSE_OTHER, 4, WAKE_IRQ, NULL);
	waits(f, root, CAUSE_OTHER, 5, WAKE_UNKNOWN, NULL);
	waits(f, root, CAUSE_PIPE, 6, WAKE_TASK, server);
	waits(f, root, CAUSE_PIPE, 7, WAKE_TASK, twin);
	waits(f, root, CAUSE_FILE, 8, WAKE_TASK, worker);
	waits(f, root, CAUSE_NETWORK, 9, WAKE_TASK, server);
	wait = (struct wait *)f->tasks[f->ntasks - 1].wait;
	wait->file = &socket;
	fake__do(f, root, TASK_UNKNOWN, 10, 0, NULL);
	runs(f, root, 11);
	ends(root);
	/* The twins are one: their waits follow each other. */
	check_path(f, "main blocked sleep [timer] 1 | main blocked poll [network] 2 | "
		      "main blocked disk [disk] 3 | main blocked other [interrupt] 4 | "
		      "main blocked other 5 | main blocked pipe [external: nginx] 13 | "
		      "main blocked file 8 | "
		      "main blocked network [tcp 127.0.0.1:80, external: nginx] 9 | "
		      "main unknown 10 | main running 11");
}

/* A chain of wakings is followed to whoever began it. */
static void test_chain(void **state)
{
	struct fake *f = fake__new(4, 0);
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0);
	struct model_task *c = fake__task(f, "c", 0);

	(void)state;
	waits(f, a, CAUSE_PIPE, 50, WAKE_TASK, b);
	runs(f, a, 10);
	waits(f, b, CAUSE_PIPE, 30, WAKE_TASK, c);
	queues(f, b, 5, c);
	runs(f, b, 20);
	waits(f, b, CAUSE_PIPE, 5, WAKE_UNKNOWN, NULL); /* cut by the end */
	waits(f, c, CAUSE_SLEEP, 12, WAKE_TIMER, NULL);
	runs(f, c, 33);
	ends(c);
	check_path(f, "c blocked sleep [timer] 12 | c running 18 | b runnable [CPU] 5 | "
		      "b running 15 | a running 10");
}

/* Woken while it was still leaving: it was never blocked, and stays on the path. */
static void test_woken_before_it_left(void **state)
{
	struct fake *f = fake__new(4, 0);
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0);

	(void)state;
	runs(f, a, 20);
	queues(f, a, 3, b);
	runs(f, a, 7);
	ends(a);
	runs(f, b, 19);
	waits(f, b, CAUSE_CONDVAR, 11, WAKE_UNKNOWN, NULL);
	ends(b);
	b->end_ns = 29; /* before a does */
	f->tasks[f->ntasks - 1].end_ns = 29;
	check_path(f, "a running 20 | a runnable [CPU] 3 | a running 7");
}

/* The waker did not run then, as far as is known: the path goes on with what it did. */
static void test_waker_did_not_run(void **state)
{
	struct fake *f = fake__new(4, 0);
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0);

	(void)state;
	waits(f, a, CAUSE_PIPE, 50, WAKE_TASK, b);
	runs(f, a, 10);
	ends(a);
	runs(f, b, 30);
	fake__do(f, b, TASK_UNKNOWN, 5, 0, NULL);
	waits(f, b, CAUSE_MUTEX, 25, WAKE_TASK, a); /* later */
	ends(b);
	f->tasks[f->ntasks - 1].end_ns = b->end_ns = 59;
	check_path(f, "b running 30 | b unknown 5 | b blocked mutex 15 | a running 10");
}

/* Two that wake each other at one instant, many times over: it ends. */
static void test_ping_pong_of_no_length(void **state)
{
	struct fake *f = fake__new(4, 0);
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0);

	(void)state;
	runs(f, a, 10);
	waits(f, a, CAUSE_PIPE, 20, WAKE_TASK, b);
	runs(f, a, 5);
	runs(f, b, 15);
	waits(f, b, CAUSE_PIPE, 15, WAKE_TASK, a);
	runs(f, b, 4);
	ends(a);
	ends(b);
	/* Which of both waits stays is the accident of the last jump. */
	check_path(f, "a running 10 | a blocked pipe 20 | a running 5");
}

static void test_wakes_itself(void **state)
{
	struct fake *f = fake__new(4, 0);
	struct model_task *a = fake__task(f, "a", 0);

	(void)state;
	runs(f, a, 10);
	waits(f, a, CAUSE_SIGNAL, 20, WAKE_TASK, a);
	runs(f, a, 5);
	check_path(f, "a running 10 | a blocked signal 20 | a running 5");
}

/*
 * A waker that ends, or goes on to something else, at the very time of the waking: whatever comes
 * first on the way back.
 */
static void test_waker_leaves_there(void **state)
{
	int order;

	(void)state;
	for (order = 0; order < 4; order++) {
		struct fake *f = fake__new(4, 0);
		struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0);

		if (order & 1)
			runs(f, b, 50);
		waits(f, a, CAUSE_CHILD, 50, WAKE_TASK, b);
		if (!(order & 1))
			runs(f, b, 50);
		runs(f, a, 10);
		if (order & 2)
			waits(f, b, CAUSE_POLL, 7, WAKE_UNKNOWN, NULL);
		ends(a);
		ends(b);
		check_path(f, "b running 50 | a running 10");
	}
}

/* The creator is told by the first waking; if that was not seen, by its tid, the last that bore it.
 */
static void test_creator(void **state)
{
	int seen;

	(void)state;
	for (seen = 0; seen < 2; seen++) {
		struct fake *f = fake__new(4, 0);
		struct model_task *root = fake__task(f, "main", 0);
		struct model_task *before = fake__task(f, "namesake", 0);
		struct model_task *parent = fake__task(f, "parent", 10);
		struct model_task *child = fake__task(f, "child", 30);

		before->tid = parent->tid;
		child->parent_tid = parent->tid;
		parent->parent_tid = root->tid;
		runs(f, root, 90);
		runs(f, before, 8);
		ends(before);
		queues(f, parent, 1, seen ? root : NULL);
		runs(f, parent, 40);
		ends(parent);
		queues(f, child, 2, seen ? parent : NULL);
		runs(f, child, 70);
		ends(child);
		ends(root);
		check_path(f, seen ? "main running 10 | parent runnable [CPU] 1 | "
				     "parent running 19 | child runnable [CPU] 2 | "
				     "child running 70"
				   : "main running 10 | parent runnable [CPU, preempted] 1 | "
				     "parent running 19 | child runnable [CPU, preempted] 2 | "
				     "child running 70");
	}
}

/* Born while records were lost: nobody knows what came before. */
static void test_no_creator(void **state)
{
	struct fake *f = fake__new(4, 0);
	struct model_task *a = fake__task(f, "a", 20);

	(void)state;
	runs(f, a, 10);
	ends(a);
	check_path(f, "- unknown 20 | a running 10");
}

/* --- where it begins --- */

/* Of those that hang the one that ran last; if it is known who blocks whom for good, of these. */
static void test_deadlock(void **state)
{
	int known;

	(void)state;
	for (known = 0; known < 2; known++) {
		struct fake *f = fake__new(4, 0);
		struct model_task *root = fake__task(f, "main", 0);
		struct model_task *a = fake__task(f, "a", 10), *b = fake__task(f, "b", 10);
		struct model_task *gone = fake__task(f, "gone", 10);

		runs(f, root, 60);
		waits(f, root, CAUSE_JOIN, 40, WAKE_UNKNOWN, NULL);
		queues(f, a, 1, root);
		runs(f, a, 20);
		waits(f, a, CAUSE_MUTEX, 69, WAKE_UNKNOWN, NULL);
		queues(f, b, 2, root);
		runs(f, b, 22);
		waits(f, b, CAUSE_MUTEX, 66, WAKE_UNKNOWN, NULL);
		runs(f, gone, 70);
		ends(gone);
		f->model.circle[0] = a;
		f->model.circle[1] = b;
		f->model.circle_objects[0] = f->model.circle_objects[1] =
			fake__object(f, CAUSE_MUTEX, 0x30);
		f->model.ncircle = known ? 2 : 0;
		check_path(f, known ? "main running 10 | b runnable [CPU] 2 | b running 22 | "
				      "b blocked mutex 66"
				    : "main running 60 | main blocked join 40");
	}
}

/* With --no-wait the command's end counts, though others live on: what follows is nobody's. */
static void test_command_ends(void **state)
{
	struct fake *f = fake__new(4, 0);
	struct model_task *root = fake__task(f, "main", 0), *daemon = fake__task(f, "daemon", 5);

	(void)state;
	f->trailer.stop = TRACE_STOP_COMMAND;
	runs(f, root, 20);
	ends(root);
	queues(f, daemon, 1, root);
	waits(f, daemon, CAUSE_POLL, 24, WAKE_UNKNOWN, NULL);
	check_path(f, "main running 20 | - unknown 10");
}

/* Several that were there before, and none of them ends. */
static void test_attached(void **state)
{
	struct fake *f = fake__new(4, 0);
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0);

	(void)state;
	f->info.mode = TRACE_PID;
	a->started = b->started = a->root = false;
	fake__do(f, a, TASK_UNKNOWN, 4, 0, NULL);
	runs(f, a, 6);
	waits(f, a, CAUSE_POLL, 90, WAKE_UNKNOWN, NULL);
	waits(f, b, CAUSE_POLL, 8, WAKE_TASK, a);
	runs(f, b, 12);
	waits(f, b, CAUSE_SLEEP, 80, WAKE_UNKNOWN, NULL);
	check_path(f, "a unknown 4 | a running 4 | b running 12 | b blocked sleep 80");
}

static void test_nothing_was_recorded(void **state)
{
	struct fake *f = fake__new(4, 0);

	(void)state;
	check_path(f, "");
	f = fake__new(4, 0);
	f->model.end_ns = 30;
	check_path(f, "- unknown 30");
}

/* --- rows and places --- */

/* Rows are summed up by what they are; only samples on the path count for the place. */
static void test_rows_and_sites(void **state)
{
	static const struct frame step[] = {{.module = &fake_app, .address = 2}};
	static const struct frame worker[] = {{.module = &fake_app, .address = 0}};
	struct fake *f = fake__new(4, 0);
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0);
	struct sync_object *lock = fake__object(f, CAUSE_MUTEX, 0x30);
	const struct wait *wait = fake__wait(f, CAUSE_MUTEX, lock);
	struct model_stack stacks[2];
	struct report_table *t;
	struct report *r;
	int i;

	(void)state;
	((struct wait *)wait)->stack = fake__stack(f, &stacks[0], worker, 1, STACK_COMPLETE);
	for (i = 0; i < 3; i++) {
		runs(f, a, 100);
		fake__do(f, a, TASK_BLOCKED, 10, 0, wait);
	}
	runs(f, a, 5);
	ends(a);
	runs(f, b, 300);
	ends(b);
	fake__stack(f, &stacks[1], step, 1, STACK_COMPLETE);
	for (i = 0; i < 10; i++) /* of a and b by turns, every 50 ns */
		f->samples[f->nsamples++] = (struct model_sample){
			.ns = 20 + 30 * (uint64_t)i, .task = i % 2 ? b : a, .stack = stacks[1].id};
	r = report_of(f);
	t = table(r, "critical_path.by");
	assert_int_equal(table__rows(t), 2);
	assert_string_equal(table__text(t, 0, "state"), "running");
	assert_int_equal(table__int(t, 0, "ns"), 305);
	assert_int_equal(table__int(t, 0, "times"), 4);
	assert_int_equal(table__int(t, 0, "samples"), 5);
	assert_string_equal(table__text(t, 0, "function"), "step");
	assert_string_equal(table__text(t, 1, "state"), "blocked");
	assert_string_equal(table__text(t, 1, "subject"), "mutex 0x30");
	assert_string_equal(table__text(t, 1, "woken_by"), "unknown");
	assert_int_equal(table__int(t, 1, "sync"), lock->id);
	assert_int_equal(table__int(t, 1, "ns"), 30);
	assert_int_equal(table__int(t, 1, "times"), 3);
	assert_string_equal(table__text(t, 1, "function"), "worker");
	report__free(r);
	fake__free(f);
}

/* More than there is room for: by state, and nothing is lost. */
static void test_rows_are_capped(void **state)
{
	struct fake *f = fake__new(4, 0);
	struct model_task *a = fake__task(f, "a", 0);
	struct report_table *t;
	struct report *r;
	uint64_t i;

	(void)state;
	for (i = 0; i < 1005; i++)
		fake__do(f, a, TASK_BLOCKED, i + 1, 0,
			 fake__wait(f, CAUSE_MUTEX, fake__object(f, CAUSE_MUTEX, i)));
	ends(a);
	r = report_of(f);
	t = table(r, "critical_path.by");
	assert_int_equal(table__rows(t), 1001);
	assert_false(table__has(t, 1000, "tid"));
	assert_string_equal(table__text(t, 1000, "state"), "blocked");
	assert_int_equal(table__int(t, 1000, "ns"), 1 + 2 + 3 + 4 + 5);
	assert_int_equal(table__int(t, 1000, "times"), 5);
	report__free(r);
	fake__free(f);
}

/* --- segments --- */

static void test_few_segments_are_exact(void **state)
{
	struct segments *s = segments__new(100);

	(void)state;
	segments__add_before(s, 90, 100, 1);
	segments__add_before(s, 80, 90, 1); /* goes on */
	segments__add_before(s, 79, 80, 2);
	segments__add_before(s, 0, 79, 1);
	assert_int_equal(segments__count(s), 3);
	assert_int_equal(segments__at(s, 0)->start_ns, 80);
	assert_int_equal(segments__at(s, 0)->pieces, 1);
	assert_int_equal(segments__at(s, 1)->what, 2);
	assert_int_equal(segments__at(s, 2)->end_ns, 79);
	assert_int_equal(segments__merged_below(s), 0);
	segments__free(s);
}

/* A long piece in each thousand short ones keeps its bounds; the rest adds up. */
static void test_many_segments_are_merged(void **state)
{
	enum { LONGS = 100, SHORTS = 1000, LONG = 100000 };
	uint64_t whole = (uint64_t)LONGS * (LONG + SHORTS * 15 / 10), at = whole, pieces = 0;
	struct segments *s = segments__new(whole);
	size_t i, n = 0;
	int k;

	(void)state;
	for (i = 0; i < LONGS; i++) {
		for (k = 0; k < SHORTS; k++) {
			segments__add_before(s, at - 1 - k % 2, at, 10 + k % 2);
			at -= 1 + k % 2;
		}
		segments__add_before(s, at - LONG, at, 7);
		at -= LONG;
	}
	assert_int_equal(at, 0);
	assert_in_range(segments__count(s), 2 * LONGS, SEGMENTS_MOST);
	assert_true(segments__merged_below(s) > 0 && segments__merged_below(s) < LONG);
	at = whole;
	for (i = 0; i < segments__count(s); i++) {
		const struct segment *x = segments__at(s, i);

		assert_int_equal(x->end_ns, at);
		at = x->start_ns;
		pieces += x->pieces;
		n += x->what == 7;
		if (x->what == 7)
			assert_int_equal(x->end_ns - x->start_ns, LONG);
		else
			assert_int_equal(x->what, 11); /* the longer ones */
	}
	assert_int_equal(at, 0);
	assert_int_equal(n, LONGS);
	assert_int_equal(pieces, LONGS * (SHORTS + 1));
	segments__free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fork_and_join),
		cmocka_unit_test(test_woken_from_outside),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_woken_before_it_left),
		cmocka_unit_test(test_waker_did_not_run),
		cmocka_unit_test(test_ping_pong_of_no_length),
		cmocka_unit_test(test_wakes_itself),
		cmocka_unit_test(test_waker_leaves_there),
		cmocka_unit_test(test_creator),
		cmocka_unit_test(test_no_creator),
		cmocka_unit_test(test_deadlock),
		cmocka_unit_test(test_command_ends),
		cmocka_unit_test(test_attached),
		cmocka_unit_test(test_nothing_was_recorded),
		cmocka_unit_test(test_rows_and_sites),
		cmocka_unit_test(test_rows_are_capped),
		cmocka_unit_test(test_few_segments_are_exact),
		cmocka_unit_test(test_many_segments_are_merged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
