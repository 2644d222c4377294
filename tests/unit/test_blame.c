// SPDX-License-Identifier: GPL-2.0-only
/* Blocked time charged to what it was spent on: scenes with known answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "analysis/rows.h"
#include "tests/unit/fake_model.inc"

#include "tests/unit/fake_symbol.inc"

#include "tests/unit/blame_scenes.inc"

/* Two wait for one that computes, has to wait for a CPU, and for the disk, all while it holds. */
static void test_lock(void **state)
{
	struct fake *f = fake__new(4, 0);
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0),
			  *c = fake__task(f, "c", 0);
	struct sync_object *lock = fake__object(f, CAUSE_MUTEX, 0x10);
	struct report_table *t;
	struct report *r;

	(void)state;
	runs(f, a, 100);
	queues(f, a, 20);
	runs(f, a, 10);
	waits(f, a, 7, CAUSE_DISK, NULL, WAKE_DISK, NULL);
	runs(f, a, 63); /* lets go at 200 */
	runs(f, b, 50);
	waits(f, b, 150, CAUSE_MUTEX, lock, WAKE_TASK, a)->waker_stack = 0x3a;
	runs(f, b, 30); /* lets go at 230 */
	runs(f, c, 60);
	waits(f, c, 170, CAUSE_MUTEX, lock, WAKE_TASK, b);
	holds(f, lock, a, 50, 200);
	holds(f, lock, b, 200, 230);
	r = charge(f);
	assert_int_equal(sum(r, "mutex", "computation", 0), 50 + 10 + 63 + 40 + 10 + 63);
	assert_int_equal(sum(r, "mutex", "cpu", 0), 2 * 20);
	assert_int_equal(sum(r, "mutex", "disk", 0), 2 * 7);
	assert_int_equal(sum(r, "disk", "disk", NOBODY), 7);
	assert_int_equal(sum(r, "mutex", "computation", 1), 30);
	assert_int_equal(charged_to(r, 0), 2 * (10 + 63 + 20 + 7) + 50 + 40);
	assert_int_equal(charged_to(r, 1), 30);
	assert_int_equal(table__int(report__find(r, ""), 0, "blame.others_ns"), 320);
	t = report__find(r, "blame.by");
	assert_string_equal(table__text(t, 0, "subject"), "mutex 0x10");
	assert_int_equal(table__int(t, 0, "sync"), lock->id);
	end(f, r);
}

/* a waits for b's lock, b for c's, c for d's: d sleeps, then computes. */
static void test_chain_of_locks(void **state)
{
	struct fake *f = fake__new(4, 0);
	struct model_task *task[4];
	struct sync_object *lock[4];
	struct report *r;
	unsigned int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		task[i] = fake__task(f, "t", 0);
		lock[i] = fake__object(f, CAUSE_MUTEX, 0x10 * i);
	}
	for (i = 0; i < 3; i++) {
		runs(f, task[i], 10);
		waits(f, task[i], 90, CAUSE_MUTEX, lock[i + 1], WAKE_TASK, task[i + 1]);
		holds(f, lock[i + 1], task[i + 1], 10, 100);
	}
	runs(f, task[3], 20);
	waits(f, task[3], 50, CAUSE_SLEEP, NULL, WAKE_TIMER, NULL);
	runs(f, task[3], 30);
	r = charge(f);
	assert_int_equal(sum(r, "mutex", "sleep", 3), 3 * 50);
	assert_int_equal(sum(r, "mutex", "computation", 3), 3 * 40);
	assert_int_equal(sum(r, "sleep", "sleep", NOBODY), 50);
	assert_int_equal(charged_to(r, 3), 3 * 90);
	end(f, r);
}

/* Who waits for a signal waits for what the signaller does: here it sleeps. */
static void test_condvar(void **state)
{
	struct fake *f = fake__new(4, 0);
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0);
	struct sync_object *condvar = fake__object(f, CAUSE_CONDVAR, 0x20);
	struct report *r;

	(void)state;
	waits(f, a, 100, CAUSE_CONDVAR, condvar, WAKE_TASK, b);
	runs(f, a, 10);
	runs(f, b, 5);
	waits(f, b, 80, CAUSE_SLEEP, NULL, WAKE_TIMER, NULL);
	queues(f, b, 3);
	runs(f, b, 22);
	r = charge(f);
	assert_int_equal(sum(r, "condvar", "sleep", 1), 80);
	assert_int_equal(sum(r, "condvar", "cpu", 1), 3);
	assert_int_equal(sum(r, "condvar", "computation", 1), 17);
	assert_int_equal(sum(r, "sleep", "sleep", NOBODY), 80);
	end(f, r);
}

/* main joins a worker that waits for a lock that another holds and computes. */
static void test_join(void **state)
{
	struct fake *f = fake__new(4, 0);
	struct model_task *root = fake__task(f, "main", 0), *worker = fake__task(f, "worker", 0),
			  *holder = fake__task(f, "holder", 0);
	struct sync_object *lock = fake__object(f, CAUSE_MUTEX, 0x30);
	struct report *r;

	(void)state;
	waits(f, root, 100, CAUSE_JOIN, NULL, WAKE_TASK, worker);
	waits(f, worker, 70, CAUSE_MUTEX, lock, WAKE_TASK, holder);
	runs(f, worker, 30);
	runs(f, holder, 200);
	holds(f, lock, holder, 0, 70);
	r = charge(f);
	assert_int_equal(sum(r, "join", "computation", 2), 70);
	assert_int_equal(sum(r, "join", "computation", 1), 30);
	assert_int_equal(sum(r, "mutex", "computation", 2), 70);
	end(f, r);
}

/* What woke it, where no thread of the workload did. */
static void test_leaves(void **state)
{
	static const struct {
		enum cause cause;
		enum wake_source by;
		bool iowait;
		const char *cause_name, *root;
	} rows[] = {
		{CAUSE_CONDVAR, WAKE_TIMER, false, "condvar", "timer"}, /* a timeout */
		{CAUSE_SLEEP, WAKE_TIMER, false, "sleep", "sleep"},
		{CAUSE_NETWORK, WAKE_NETWORK, false, "network", "network"},
		{CAUSE_POLL, WAKE_NETWORK, false, "poll", "network"},
		{CAUSE_POLL, WAKE_IRQ, false, "poll", "device"},
		{CAUSE_FILE, WAKE_DISK, false, "file", "disk"},
		{CAUSE_FILE, WAKE_IRQ, true, "file", "disk"},
		{CAUSE_PAGEFAULT, WAKE_IRQ, false, "pagefault", "disk"},
		{CAUSE_FUTEX, WAKE_UNKNOWN, false, "futex", "unknown"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fake *f = fake__new(4, 0);
		struct model_task *a = fake__task(f, "a", 0);
		struct wait wait = {.cause = rows[i].cause, .iowait = rows[i].iowait};
		struct report *r;

		runs(f, a, 10);
		waits(f, a, 40, rows[i].cause, NULL, rows[i].by, NULL)->wait = &wait;
		runs(f, a, 10);
		r = charge(f);
		assert_int_equal(sum(r, rows[i].cause_name, rows[i].root, NOBODY), 40);
		end(f, r);
	}
}

static void test_external(void **state)
{
	struct fake *f = fake__new(4, 0);
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0),
			  *daemon = fake__task(f, "daemon", 0);
	struct sync_object *lock = fake__object(f, CAUSE_KERNEL, 0x30);
	struct report_table *t;
	struct report *r;

	(void)state;
	daemon->traced = false;
	waits(f, a, 40, CAUSE_PIPE, NULL, WAKE_TASK, daemon);
	runs(f, a, 10);
	runs(f, b, 10);
	waits(f, b, 20, CAUSE_KERNEL, lock, WAKE_TASK, daemon);
	runs(f, b, 20);
	holds(f, lock, daemon, 10, 25);
	r = charge(f);
	assert_int_equal(sum(r, "pipe", "external", 2), 40);
	assert_int_equal(sum(r, "kernel", "external", 2), 20);
	assert_int_equal(charged_to(r, 2), 60);
	t = report__find(r, "blame.by");
	assert_string_equal(table__text(t, 0, "comm"), "daemon");
	end(f, r);
}

/* From when the second waits it is a deadlock; before, the first waits for the second. */
static void test_deadlock(void **state)
{
	struct fake *f = fake__new(4, 0);
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0),
			  *c = fake__task(f, "c", 0);
	struct sync_object *one = fake__object(f, CAUSE_MUTEX, 0x10),
			   *two = fake__object(f, CAUSE_MUTEX, 0x20);
	struct report *r;

	(void)state;
	runs(f, a, 10);
	waits(f, a, 90, CAUSE_MUTEX, two, WAKE_UNKNOWN, NULL);
	runs(f, b, 40);
	waits(f, b, 60, CAUSE_MUTEX, one, WAKE_UNKNOWN, NULL);
	runs(f, c, 70);
	waits(f, c, 30, CAUSE_MUTEX, one, WAKE_UNKNOWN, NULL);
	holds(f, one, a, 5, 100);
	holds(f, two, b, 5, 100);
	f->model.circle[0] = a;
	f->model.circle_objects[0] = two;
	f->model.circle[1] = b;
	f->model.circle_objects[1] = one;
	f->model.ncircle = 2;
	r = charge(f);
	assert_int_equal(sum(r, "mutex", "computation", 1), 30);
	assert_int_equal(sum(r, "mutex", "deadlock", NOBODY), 2 * 60);
	assert_int_equal(sum(r, "mutex", "deadlock", 0), 30);
	end(f, r);
}

/* Killed in it: each waits to its end, which comes at another time for each. */
static void test_killed_in_a_deadlock(void **state)
{
	struct fake *f = fake__new(4, 0);
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0),
			  *killer = fake__task(f, "killer", 0);
	struct sync_object *lock = fake__object(f, CAUSE_MUTEX, 0x10),
			   *end_of_a = fake__object(f, CAUSE_JOIN, 0x20);
	struct report *r;

	(void)state;
	runs(f, a, 30);
	waits(f, a, 70, CAUSE_MUTEX, lock, WAKE_TASK, killer);
	runs(f, a, 5);
	runs(f, b, 10);
	waits(f, b, 80, CAUSE_JOIN, end_of_a, WAKE_TASK, killer);
	runs(f, b, 5);
	runs(f, killer, 120);
	holds(f, lock, b, 5, 95);
	f->model.circle[0] = a;
	f->model.circle_objects[0] = lock;
	f->model.circle[1] = b;
	f->model.circle_objects[1] = end_of_a;
	f->model.ncircle = 2;
	r = charge(f);
	assert_int_equal(sum(r, "join", "computation", 0), 20); /* before a waits itself */
	assert_int_equal(sum(r, "join", "deadlock", NOBODY), 60);
	assert_int_equal(sum(r, "mutex", "deadlock", NOBODY), 70);
	end(f, r);
}

/* Between two holders: whoever wakes somebody next is the one that they wait for. */
static void test_gap(void **state)
{
	struct fake *f = fake__new(4, 0);
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0),
			  *c = fake__task(f, "c", 0);
	struct sync_object *lock = fake__object(f, CAUSE_MUTEX, 0x10);
	struct report *r;

	(void)state;
	runs(f, a, 200);
	runs(f, b, 10);
	waits(f, b, 90, CAUSE_MUTEX, lock, WAKE_TASK, a);
	queues(f, b, 20);
	runs(f, b, 80); /* lets go at 150 */
	runs(f, c, 20);
	waits(f, c, 130, CAUSE_MUTEX, lock, WAKE_TASK, b);
	runs(f, c, 50);
	holds(f, lock, a, 10, 100);
	holds(f, lock, b, 120, 150);
	r = charge(f);
	assert_int_equal(sum(r, "mutex", "computation", 0), 90 + 80);
	assert_int_equal(sum(r, "mutex", "cpu", 1), 20);
	assert_int_equal(sum(r, "mutex", "computation", 1), 30);
	end(f, r);
}

/* It cannot wait for itself: then who wakes it had the lock; others follow it there. */
static void test_wrong_holder(void **state)
{
	struct fake *f = fake__new(4, 0);
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0),
			  *c = fake__task(f, "c", 0);
	struct sync_object *lock = fake__object(f, CAUSE_MUTEX, 0x10);
	struct report *r;

	(void)state;
	runs(f, a, 100);
	waits(f, b, 60, CAUSE_MUTEX, lock, WAKE_TASK, a);
	runs(f, b, 40);
	waits(f, c, 70, CAUSE_MUTEX, lock, WAKE_TASK, b);
	runs(f, c, 30);
	holds(f, lock, b, 20, 70); /* from 60 on is right */
	r = charge(f);
	assert_int_equal(sum(r, "mutex", "computation", 0), 60 + 60);
	assert_int_equal(sum(r, "mutex", "computation", 1), 10);
	end(f, r);
}

/* Two locks whose holders are said to wait for each other, for a while. */
static void test_wrong_circle(void **state)
{
	struct fake *f = fake__new(4, 0);
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0);
	struct sync_object *one = fake__object(f, CAUSE_MUTEX, 0x10),
			   *two = fake__object(f, CAUSE_MUTEX, 0x20);
	struct report *r;

	(void)state;
	runs(f, a, 10);
	waits(f, a, 60, CAUSE_MUTEX, two, WAKE_TASK, b);
	runs(f, a, 80);
	runs(f, b, 30);
	waits(f, b, 20, CAUSE_MUTEX, one, WAKE_TASK, a);
	runs(f, b, 100);
	holds(f, one, a, 0, 50);
	holds(f, two, b, 0, 70);
	r = charge(f);
	assert_int_equal(sum(r, "mutex", "computation", 1), 20 + 20);
	assert_int_equal(sum(r, "mutex", "unknown", ANYBODY), 40);
	end(f, r);
}

/* Before who wakes it exists, it waits for the one that makes it. */
static void test_not_yet_born(void **state)
{
	struct fake *f = fake__new(4, 0);
	struct model_task *root = fake__task(f, "main", 0), *a = fake__task(f, "a", 0),
			  *child = fake__task(f, "child", 60);
	struct report *r;

	(void)state;
	child->parent_tid = root->tid;
	runs(f, root, 200);
	waits(f, a, 100, CAUSE_PIPE, NULL, WAKE_TASK, child);
	runs(f, a, 10);
	queues(f, child, 5);
	runs(f, child, 50);
	r = charge(f);
	assert_int_equal(sum(r, "pipe", "computation", 0), 60);
	assert_int_equal(sum(r, "pipe", "cpu", 2), 5);
	assert_int_equal(sum(r, "pipe", "computation", 2), 35);
	end(f, r);
}

static const struct frame worker[] = {{.module = &fake_app, .address = 0}};
static const struct frame step[] = {{.module = &fake_app, .address = 2}};

/* Samples tell where; without any, where the lock was let go; or where it waits itself. */
static void test_sites(void **state)
{
	struct fake *f = fake__new(4, 0);
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 0);
	struct sync_object *lock = fake__object(f, CAUSE_MUTEX, 0x10);
	struct wait sleeps = {.cause = CAUSE_SLEEP};
	struct model_stack stacks[2];
	struct report_table *t;
	struct report *r;
	uint64_t at_worker, at_step;
	size_t i;

	(void)state;
	at_worker = fake__stack(f, &stacks[0], worker, 1, STACK_COMPLETE);
	at_step = fake__stack(f, &stacks[1], step, 1, STACK_COMPLETE);
	sleeps.stack = at_step;
	runs(f, a, 50);
	queues(f, a, 30);
	waits(f, a, 20, CAUSE_SLEEP, NULL, WAKE_TIMER, NULL)->wait = &sleeps;
	runs(f, a, 10);
	waits(f, b, 105, CAUSE_MUTEX, lock, WAKE_TASK, a);
	runs(f, b, 5);
	holds(f, lock, a, 0, 105);
	f->holds[0].release_stack = at_worker;
	f->samples[f->nsamples++] = (struct model_sample){.ns = 25, .task = a, .stack = at_step};
	f->samples[f->nsamples++] =
		(struct model_sample){.ns = 108, .task = a, .stack = at_worker}; /* for nobody */
	r = charge(f);
	t = report__find(r, "blame.by");
	for (i = 0; i < table__rows(t); i++) {
		const char *spent = table__text(t, i, "root");
		bool computes = !strcmp(spent, "computation"), cpu = !strcmp(spent, "cpu");

		assert_string_equal(table__text(t, i, "function"), cpu ? "worker" : "step");
		assert_string_equal(table__text(t, i, "site_of"), computes ? "sample"
								  : cpu	   ? "release"
									   : "wait");
		if (computes)
			assert_true(table__real(t, i, "site_share") == 1);
	}
	assert_int_equal(i, 4);
	end(f, r);
}

/* More objects under one thread than are told apart, and more pairs than are told. */
static void test_many_objects(void **state)
{
	struct fake *f = fake__new(4, 0);
	struct model_task *holder = fake__task(f, "holder", 0);
	struct report *r;
	uint64_t late = 0;
	unsigned int i;

	(void)state;
	for (i = 0; i < 3000; i++) {
		struct model_task *task = fake__task(f, "t", 0);
		struct sync_object *object = fake__object(f, CAUSE_CONDVAR, i * 8);

		fake__do(f, task, TASK_RUNNABLE, 1 + i % 97, 0, NULL);
		late += 1 + i % 97;
		waits(f, task, 1000 + i * 3 % 400, CAUSE_CONDVAR, object, WAKE_TASK, holder);
		runs(f, task, 10);
	}
	runs(f, holder, 700);
	queues(f, holder, 800);
	runs(f, holder, 200);
	r = charge(f);
	assert_int_equal(sum(r, "condvar", "computation", ANYBODY), 3000 * 700 - late);
	assert_int_equal(sum(r, NULL, "cpu", ANYBODY) + 3000 * 700 - late,
			 table__int(report__find(r, ""), 0, "blame.ns"));
	assert_int_equal(charged_to(r, 0), table__int(report__find(r, ""), 0, "blame.ns"));
	end(f, r);
}

/* One passes on to the next, round and round, in chains as long as there are threads. */
static void test_ring(void **state)
{
	enum { N = 300 };
	struct fake *f = fake__new(4, 0);
	struct model_task *task[N];
	struct report *r;
	unsigned int i;

	(void)state;
	for (i = 0; i < N; i++)
		task[i] = fake__task(f, "t", 0);
	for (i = 0; i < N; i++) {
		if (i)
			waits(f, task[i], 10 * i, CAUSE_PIPE, NULL, WAKE_TASK, task[i - 1]);
		runs(f, task[i], 10);
		waits(f, task[i], 10 * (N - 1), CAUSE_PIPE, NULL, WAKE_TASK, task[(i + N - 1) % N]);
		runs(f, task[i], 10);
	}
	r = charge(f);
	for (i = 0; i < N; i++) /* while it ran, all wait for it that do not run, and run again */
		assert_int_equal(sum(r, "pipe", "computation", (int)i),
				 10 * (N - 1) + 10 * (N - 1 - i));
	end(f, r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lock),	     cmocka_unit_test(test_chain_of_locks),
		cmocka_unit_test(test_condvar),	     cmocka_unit_test(test_join),
		cmocka_unit_test(test_leaves),	     cmocka_unit_test(test_external),
		cmocka_unit_test(test_deadlock),     cmocka_unit_test(test_killed_in_a_deadlock),
		cmocka_unit_test(test_gap),	     cmocka_unit_test(test_wrong_holder),
		cmocka_unit_test(test_wrong_circle), cmocka_unit_test(test_not_yet_born),
		cmocka_unit_test(test_sites),	     cmocka_unit_test(test_many_objects),
		cmocka_unit_test(test_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
