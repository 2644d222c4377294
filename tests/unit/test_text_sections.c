// SPDX-License-Identifier: GPL-2.0-only
/* The sections on locks, deadlocks, files, event loops, starting, and code without names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "export/rows.h"
#include "export/text_out.h"
#include "tests/unit/fake_model.inc"

#include "tests/unit/fake_symbol.inc"

#define SECOND 1000000000ULL
#define MS     1000000ULL

static const struct frame worker[] = {{.module = &fake_libc, .address = 1},
				      {.module = &fake_app, .address = 0}};
static const struct frame step[] = {{.module = &fake_libc, .address = 1},
				    {.module = &fake_app, .address = 2}};

/* The text of the slices; frees them. The caller frees the text. */
static char *text_of(struct fake *f)
{
	const struct exporter *e = &exporter_text;
	struct export_input in = {.model = &f->model, .info = &f->info, .view = {.details = true}};
	struct model_sink sink = {.task_slice = e->task_slice, .cpu_slice = e->cpu_slice};
	struct report *report;
	char *text = NULL, *line;
	size_t size;
	FILE *out;

	fake__complete(f);
	report = fake__report(f);
	assert_non_null(report);
	out = open_memstream(&text, &size);
	assert_int_equal(e->begin(&in, out, &sink.ctx), 0);
	assert_int_equal(fake__play(f, &sink), 0);
	assert_int_equal(e->finish(sink.ctx, report), 0);
	e->end(sink.ctx);
	fclose(out);
	report__free(report);
	fake__free(f);
	if (getenv("SHOW")) /* for whoever works on the layout */
		fprintf(stderr, "\n%s", text);
	for (line = text; *line; line = strchr(line, '\n') + 1) {
		char *end = strchr(line, '\n');

		assert_non_null(end);
		*end = '\0';
		assert_in_range(text_width(line), 0, TEXT_COLUMNS);
		assert_false(*line && line[strlen(line) - 1] == ' ');
		assert_null(strpbrk(line, "\033\t\r\a"));
		*end = '\n';
	}
	return text;
}

static void assert_has(const char *text, const char *part)
{
	assert_non_null(text);
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

static void assert_has_not(const char *text, const char *part)
{
	assert_non_null(text);
	if (strstr(text, part))
		fail_msg("'%s' is in:\n%s", part, text);
}

static void set_holders(struct fake *f)
{
	size_t i;

	f->model.confidence = CONFIDENCE_HIGH;
	f->model.handoffs = (struct handoffs){
		.count = 48120, .total_ns = 100000000, .p50_ns = 1300, .max_ns = 31 * MS};
	for (i = 0; i < 4; i++)
		f->model.holders[i].total = (struct holder_total){
			.task = f->model.tasks[i + 1],
			.ns = 250 * MS,
			.running_ns = 240 * MS,
			.blocked_ns = {[CAUSE_SLEEP] = 10 * MS},
		};
	f->model.nholders = 4;
}

static void test_locks(void **state)
{
	struct fake *f = fake__convoy(2, 4, 23, 20 * MS);
	const struct maps maps = {&fake_app};
	const struct model_space space = {.maps = &maps};
	struct model_stack stacks[2];
	char *text;
	size_t i;

	(void)state;
	set_holders(f);
	f->model.space = &space;
	f->model.objects[0]->address = 0x11000;
	fake__stack(f, &stacks[0], worker, 2, STACK_COMPLETE);
	fake__stack(f, &stacks[1], step, 2, STACK_COMPLETE);
	for (i = 0; i < f->nwaits; i++)
		f->waits[i]->stack = stacks[0].id;
	f->holds[f->nholds++] = (struct hold_slice){
		.object = f->model.objects[0], .end_ns = 1, .release_stack = stacks[1].id};
	text = text_of(f);
	assert_has(text, "\nLOCKS ");
	assert_has(text, "\n  mutex registry_lock     91  5.36 s    60 ms        4\n");
	assert_has(text, "\n    held by worker-1 25 %, worker-2 25 %, worker-3 25 %, 1 more;");
	assert_has(text, ";\n    the holder was running 96 %\n");
	assert_has(text, "\n    waited for in worker() app.c:58; let go in step() app.c:12\n");
	assert_has(text, "\n    48,120 hand-offs, half within 1.3 us, all within 31 ms\n");
	assert_has_not(text, "confidence");
	assert_has_not(text, "DEADLOCK");
	assert_has_not(text, "NOTE");
	free(text);
}

static void test_unsure_holders(void **state)
{
	struct fake *f = fake__convoy(2, 4, 23, 20 * MS);
	char *text;

	(void)state;
	set_holders(f);
	f->model.confidence = CONFIDENCE_LOW;
	f->model.holders[0].total.task = NULL;
	strcpy(f->model.tasks[4]->comm, "worker-3"); /* not among those that are shown */
	strcpy(f->model.tasks[2]->comm, "\033[31m\n\xff evil");
	text = text_of(f);
	assert_has(text, "\n    held by unknown 25 %, \\x1b[31m\\x0a\\xff evil 25 %,");
	assert_has(text, "(confidence: low)");
	free(text);
}

static void test_more_locks(void **state)
{
	struct fake *f = fake__new(1, 0);
	struct model_task *a = fake__task(f, "a", 0);
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < 20; i++)
		fake__do(f, a, TASK_BLOCKED, 10 * MS, 0,
			 fake__wait(f, CAUSE_MUTEX, fake__object(f, CAUSE_MUTEX, 0x10 + i)));
	text = text_of(f);
	assert_has(text, "\n  ... 15 more: conctrace report --json -\n");
	free(text);
}

/* What may be idle waiting, and lasted longer, leaves room for locks. */
static void test_idle_waits(void **state)
{
	static const struct frame parked[] = {{.module = &fake_app, .address = 26},
					      {.module = &fake_app, .address = 12}};
	struct fake *f = fake__new(1, 0);
	struct model_stack stack;
	struct model_task *a;
	struct wait waits[12] = {0};
	char *text, name[16];
	size_t i;

	(void)state;
	fake__stack(f, &stack, parked, 2, STACK_COMPLETE);
	for (i = 0; i < 12; i++) {
		enum cause kind = i < 6 ? CAUSE_CONDVAR : i < 9 ? CAUSE_MUTEX : CAUSE_FUTEX;

		snprintf(name, sizeof(name), "t%zu", i);
		a = fake__task(f, name, 0);
		waits[i].cause = kind;
		waits[i].object = fake__object(f, kind, 0xa0 + 0x100 * i);
		waits[i].stack = kind == CAUSE_FUTEX ? stack.id : 0;
		fake__do(f, a, TASK_BLOCKED, (kind == CAUSE_MUTEX ? 9 : 2000) * MS, 0, &waits[i]);
	}
	text = text_of(f);
	assert_has(text, "\n  condvar 0xa0           1  2.00 s   2.00 s        1\n"
			 "  condvar 0x1a0          1  2.00 s   2.00 s        1\n"
			 "  mutex 0x6a0            1  9.0 ms   9.0 ms        1\n"
			 "  mutex 0x7a0            1  9.0 ms   9.0 ms        1\n"
			 "  parking places x3      3  6.00 s   2.00 s        -\n"
			 "    no lock: a language's runtime lets threads wait there for work\n"
			 "  ... 5 more: conctrace report --json -\n");
	free(text);
}

static void test_one_parking_place(void **state)
{
	static const struct frame parked[] = {{.module = &fake_app, .address = 24},
					      {.module = &fake_app, .address = 30}};
	struct fake *f = fake__new(1, 0);
	struct model_stack stack;
	struct wait wait = {.cause = CAUSE_FUTEX};
	char *text;

	(void)state;
	wait.object = fake__object(f, CAUSE_FUTEX, 0x10);
	wait.stack = fake__stack(f, &stack, parked, 2, STACK_COMPLETE);
	f->model.confidence = CONFIDENCE_LOW; /* of what is held by nobody */
	f->model.handoffs.count = 7;
	fake__do(f, fake__task(f, "a", 0), TASK_BLOCKED, 10 * MS, 0, &wait);
	text = text_of(f);
	assert_has(text, "\n  parking place      1   10 ms    10 ms\n");
	assert_has(text, "    waited for in app::serve() app.rs:5\n");
	assert_has_not(text, "hand-offs");
	assert_has_not(text, "confidence");
	free(text);
}

static void test_deadlock(void **state)
{
	struct fake *f = fake__new(1, 0);
	struct model_stack stack;
	struct wait waits[10];
	char *text;
	size_t i;

	(void)state;
	fake__stack(f, &stack, worker, 2, STACK_COMPLETE);
	for (i = 0; i < 10; i++) {
		f->model.circle[i] = fake__task(f, i ? "worker" : "\033]0;x\a", 0);
		f->model.circle_objects[i] = fake__object(f, CAUSE_MUTEX, 0x100 + i);
		waits[i] = (struct wait){.cause = CAUSE_MUTEX,
					 .object = f->model.circle_objects[i],
					 .stack = stack.id};
		fake__do(f, f->model.tasks[i], TASK_BLOCKED, 10 * MS, 0, &waits[i]);
	}
	f->model.ncircle = 10;
	text = text_of(f);
	/* Right below the lines that say what this is. */
	assert_non_null(strstr(
		text, "\n\nDEADLOCK  10 threads wait for each other, from 0 s to the end\n"));
	assert_has(text, "\n  \\x1b]0;x\\x07 1000 waits for mutex 0x100 in worker() app.c:58,");
	assert_has(text, "held by worker 1001,");
	assert_has(text, "which waits for mutex 0x101");
	assert_has(text, "and so on: 10 threads in all\n");
	free(text);
}

static void test_io(void **state)
{
	static const struct file_info files[] = {
		{.index = 0, .mode = S_IFIFO, .ino = 77},
		{.index = 1,
		 .mode = S_IFREG,
		 .flags = CT_FILE_PATH,
		 .text = "/a/very/long/path/that/does/not/fit/into/the/table/of\033[2J/this/report",
		 .text_len = 70},
	};
	static const struct wait reads = {.cause = CAUSE_PIPE, .nr = 0, .file = &files[0]};
	static const struct wait writes = {.cause = CAUSE_PIPE, .nr = 1, .file = &files[0]};
	static const struct wait syncs = {.cause = CAUSE_DISK, .nr = 74, .file = &files[1]};
	static const struct wait lost = {.cause = CAUSE_NETWORK, .nr = 0};
	struct fake *f = fake__new(1, 0);
	struct model_task *a = fake__task(f, "stage-2", 0), *b = fake__task(f, "stage-1", 0);
	char *text;

	(void)state;
	fake__do(f, a, TASK_BLOCKED, 900 * MS, 0, &reads);
	f->tasks[0].woken_by = WAKE_TASK;
	f->tasks[0].waker = b;
	fake__do(f, b, TASK_BLOCKED, 100 * MS, 0, &writes);
	fake__do(f, b, TASK_BLOCKED, 300 * MS, 0, &syncs);
	fake__do(f, b, TASK_BLOCKED, 50 * MS, 0, &lost);
	text = text_of(f);
	assert_has(text, "\nWAITED FOR ");
	assert_has(text, "\n  pipe:[77] ");
	assert_has(text, "\n    stage-2 reads, stage-1 writes; woken by stage-1\n");
	assert_has(text, " (disk) ");
	assert_has(text, "\n    stage-1 syncs\n");
	assert_has(text, "\n  unknown socket ");
	free(text);
}

/* A client's connections to one server, and a server's to many clients, are one line each. */
static void test_connections(void **state)
{
	static struct file_info files[40];
	static struct wait waits[40];
	struct fake *f = fake__new(1, 0);
	struct model_task *a = fake__task(f, "a", 0);
	uint16_t i;
	char *text;

	(void)state;
	for (i = 0; i < 40; i++) {
		files[i] = (struct file_info){.index = i,
					      .mode = S_IFSOCK,
					      .family = 2,
					      .protocol = 1,
					      .local = {127, 0, 0, 1},
					      .peer = {127, 0, 0, 1},
					      .local_port = i % 2 ? 4000 + i : 80,
					      .peer_port = i % 2 ? 443 : 5000 + i};
		waits[i] = (struct wait){.cause = CAUSE_NETWORK, .file = &files[i]};
		fake__do(f, a, TASK_BLOCKED, (i % 2 + 1) * MS, 0, &waits[i]);
	}
	text = text_of(f);
	assert_has(text, "\n  connections to 127.0.0.1:443 x20     20   40 ms   2.0 ms\n");
	assert_has(text, "\n  connections at 127.0.0.1:80 x20      20   20 ms   1.0 ms\n");
	assert_has_not(text, "more: ");
	free(text);
}

static void test_loops(void **state)
{
	static const struct wait polls = {.cause = CAUSE_POLL, .nr = 232};
	struct wait locks = {.cause = CAUSE_MUTEX};
	struct fake *f = fake__new(1, 0);
	struct model_task *a = fake__task(f, "loop", 0);
	struct model_stack stack;
	char *text;
	int i;

	(void)state;
	locks.stack = fake__stack(f, &stack, worker, 2, STACK_COMPLETE);
	for (i = 0; i < 10; i++) {
		fake__do(f, a, TASK_BLOCKED, 10 * MS, 0, &polls);
		fake__do(f, a, TASK_RUNNING, i == 7 ? 30 * MS : MS, 0, NULL);
		if (i == 7)
			fake__do(f, a, TASK_BLOCKED, 5 * MS, 0, &locks);
	}
	fake__do(f, a, TASK_BLOCKED, 10 * MS, 0, &polls);
	text = text_of(f);
	assert_has(text, "\nEVENT LOOPS  turns   busy  half within  longest\n");
	assert_has(text, "\n  loop          10  44 ms       1.0 ms    35 ms\n");
	assert_has(text, "\n    the longest, 35 ms at 87 ms: running 30 ms, mutex 5.0 ms;\n"
			 "    in worker() app.c:58\n");
	free(text);
}

static void test_spawn(void **state)
{
	struct fake *f = fake__new(1, 0);
	char *text;
	uint64_t i;

	(void)state;
	fake__do(f, fake__task(f, "root", 0), TASK_RUNNING, SECOND, 0, NULL);
	for (i = 0; i < 100; i++) {
		struct model_task *task = fake__task(f, "t", 0);

		task->birth = i < 99 ? BIRTH_THREAD : BIRTH_FORK;
		task->born_ns = 1000 * i + 1;
		task->first_run_ns = 1000 * i + 1 + 100 * i;
	}
	text = text_of(f);
	assert_has(text, "\nSTARTED  99 threads, half ran within 4.9 us, all within 9.8 us;\n"
			 "    1 process, half ran within 9.9 us, all within 9.9 us\n");
	free(text);
}

/* Rows that differ by their thread only are one; a thread that waits for a CPU twice is one. */
static void test_critical_path(void **state)
{
	struct fake *f = fake__new(4, 0);
	struct model_task *a = fake__task(f, "a", 0), *b = fake__task(f, "b", 400 * MS);
	struct wait sleeps = {.cause = CAUSE_SLEEP}, locks = {.cause = CAUSE_MUTEX};
	struct model_stack stack;
	uint64_t id = fake__stack(f, &stack, step, 2, STACK_COMPLETE);
	char *text;
	size_t i;

	(void)state;
	locks.object = fake__object(f, CAUSE_MUTEX, 0x10);
	sleeps.stack = id;
	fake__do(f, a, TASK_RUNNING, 400 * MS, 0, NULL);
	fake__do(f, a, TASK_BLOCKED, 600 * MS, 0, &locks);
	f->tasks[f->ntasks - 1].woken_by = WAKE_TASK;
	f->tasks[f->ntasks - 1].waker = b;
	fake__do(f, a, TASK_RUNNABLE, 40 * MS, 0, NULL);
	fake__do(f, a, TASK_RUNNING, 60 * MS, 0, NULL);
	fake__do(f, a, TASK_RUNNABLE, 50 * MS, 0, NULL);
	f->tasks[f->ntasks - 1].preempted = true;
	fake__do(f, a, TASK_BLOCKED, 50 * MS, 0, &locks);
	fake__do(f, b, TASK_RUNNABLE, 10 * MS, 0, NULL);
	f->tasks[f->ntasks - 1].woken_by = WAKE_TASK;
	f->tasks[f->ntasks - 1].waker = a;
	fake__do(f, b, TASK_RUNNING, 290 * MS, 1, NULL);
	fake__do(f, b, TASK_BLOCKED, 250 * MS, 0, &sleeps);
	f->tasks[f->ntasks - 1].woken_by = WAKE_TIMER;
	fake__do(f, b, TASK_RUNNING, 50 * MS, 1, NULL);
	a->ended = b->ended = true;
	for (i = 0; i < 10; i++)
		f->samples[f->nsamples++] = (struct model_sample){
			.ns = (i + 1) * 65 * MS, .task = i < 6 ? a : b, .stack = id};
	text = text_of(f);
	assert_has(text, "\nCRITICAL PATH  1.20 s: 67 % running, 8.3 % waiting for a CPU, "
			 "25 % blocked\n"
			 "   67 %   800 ms  a and 1 more running in step() app.c:12\n"
			 "   21 %   250 ms  b blocked: sleep in step() app.c:12\n"
			 "  8.3 %   100 ms  a and 1 more waiting for a CPU\n"
			 "  4.2 %    50 ms  a blocked: mutex 0x10\n");
	assert_has(text, "\nSERIAL  one thread alone for 800 ms, 100 % of all computing:\n"
			 "    a 460 ms in step() app.c:12, 1 more;");
	free(text);
}

/* One thread computes, two wait for a lock with a long name, one joins, one is throttled. */
static void test_idle(void **state)
{
	struct fake *f = fake__new(6, 0);
	const struct wait *wait = fake__wait(f, CAUSE_MUTEX, fake__object(f, CAUSE_MUTEX, 0x10));
	const struct wait *join = fake__wait(f, CAUSE_JOIN, fake__object(f, CAUSE_JOIN, 0x20));
	char *text;

	(void)state;
	fake__do(f, fake__task(f, "busy", 0), TASK_RUNNING, SECOND, 0, NULL);
	fake__do(f, fake__task(f, "waits", 0), TASK_BLOCKED, SECOND, 0, wait);
	fake__do(f, fake__task(f, "waits", 0), TASK_BLOCKED, SECOND, 0, wait);
	fake__do(f, fake__task(f, "stopped", 0), TASK_RUNNABLE, SECOND, 0, NULL);
	f->tasks[f->ntasks - 1].throttled = true;
	fake__do(f, f->model.tasks[0], TASK_BLOCKED, SECOND / 5, 0, join);
	text = text_of(f);
	assert_has(text, "UNUSED CPU TIME  6.20 s = too few threads 3.00 s + mutex 0x10 2.00 s +\n"
			 "    CPU quota used up 1.00 s + waiting for threads to end 200 ms\n");
	free(text);
	f = fake__new(1, 0); /* no idle time worth a line */
	fake__do(f, fake__task(f, "busy", 0), TASK_RUNNING, SECOND, 0, NULL);
	fake__do(f, f->model.tasks[0], TASK_BLOCKED, MS, 0, fake__wait(f, CAUSE_SLEEP, NULL));
	text = text_of(f);
	assert_has_not(text, "UNUSED");
	free(text);
}

static void test_unresolved(void **state)
{
	static const struct frame frames[] = {{.module = &fake_jvm, .address = 3},
					      {.module = &fake_app, .address = 16}};
	struct wait locks = {.cause = CAUSE_MUTEX};
	struct fake *f = fake__new(1, 0);
	struct model_stack stack;
	char *text;

	(void)state;
	locks.object = fake__object(f, CAUSE_MUTEX, 0x10);
	locks.stack = fake__stack(f, &stack, frames, 2, STACK_NO_INFO);
	fake__do(f, fake__task(f, "a", 0), TASK_BLOCKED, 100 * MS, 0, &locks);
	text = text_of(f);
	assert_has(text, "\nNOTE  Some code could not be named: app (no symbols: 1 frame),\n");
	assert_has(text, "\n      app (its callers not found: 1 frame)\n");
	assert_has_not(text, "libjvm"); /* nobody misses its names */
	assert_has(text, "\n    waited for in app+0x10\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_locks),
		cmocka_unit_test(test_unsure_holders),
		cmocka_unit_test(test_more_locks),
		cmocka_unit_test(test_deadlock),
		cmocka_unit_test(test_idle_waits),
		cmocka_unit_test(test_one_parking_place),
		cmocka_unit_test(test_io),
		cmocka_unit_test(test_connections),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_spawn),
		cmocka_unit_test(test_critical_path),
		cmocka_unit_test(test_unresolved),
		cmocka_unit_test(test_idle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
