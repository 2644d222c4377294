// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scheduling in the Perfetto export, read back the way Perfetto's importer does: switches and
 * wakings of all CPUs in time order, the waker being what the waking's CPU runs.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "export/rows.h"
#include "report/report.h"
#include "trace/info.h"

#include "perfetto_read.inc"

#include "perfetto_drive.inc"

/* ---- reading it back ---- */

/* Time of each tid on CPUs as sched.dur says; CPUs' first switch only says what runs. */
static uint64_t ran(uint32_t tid)
{
	uint64_t since[8] = {0}, sum = 0;
	uint32_t on[8];
	bool seen[8] = {0};
	size_t i;

	memset(on, 0xff, sizeof(on));
	for (i = 0; i < out.nevents; i++) {
		const struct event *e = &out.event[i];

		if (e->what != SWITCH)
			continue;
		if (on[e->cpu] == tid)
			sum += e->ts - since[e->cpu];
		on[e->cpu] = seen[e->cpu] ? e->tid : UINT32_MAX;
		seen[e->cpu] = true;
		since[e->cpu] = e->ts;
	}
	return sum;
}

/* Whom Perfetto takes for the waker: what ran on the waking's CPU. */
static uint32_t waker_of(uint32_t wakee, size_t nth)
{
	uint32_t on[8] = {0};
	size_t i;

	for (i = 0; i < out.nevents; i++) {
		const struct event *e = &out.event[i];

		if (e->what == SWITCH)
			on[e->cpu] = e->tid;
		else if (e->what == WAKING && e->tid == wakee && !nth--)
			return on[e->cpu];
	}
	fail_msg("no such waking");
	return 0;
}

static const struct event *find_event(int what, uint32_t tid, size_t nth)
{
	size_t i;

	for (i = 0; i < out.nevents; i++)
		if (out.event[i].what == what && out.event[i].tid == tid && !nth--)
			return &out.event[i];
	return NULL;
}

/* The state that a switch at origin + ns on the CPU gives to what ran there. */
static uint32_t state_at(uint32_t cpu, uint64_t ns)
{
	size_t i;

	for (i = 0; i < out.nevents; i++)
		if (out.event[i].what == SWITCH && out.event[i].cpu == cpu &&
		    out.event[i].ts == ORIGIN + ns)
			return out.event[i].extra;
	fail_msg("no switch on CPU %u at %llu", cpu, (unsigned long long)ns);
	return 0;
}

/* ---- tests ---- */

static void test_clocks(void **state)
{
	(void)state;
	start();
	CPU(.cpu = 0, .start_ns = 0, .end_ns = 1000, .use = CPU_IDLE);
	finish();
	assert_int_equal(out.primary, 6);
	assert_true(out.clock[6] == info.clock_boottime);
	assert_true(out.clock[3] == info.clock_monotonic);
	assert_true(out.clock[1] == info.clock_realtime);
	/* Leading, first, closing. */
	assert_int_equal(out.nevents, 3);
	assert_true(out.event[0].ts == ORIGIN - 1);
	assert_true(out.event[1].ts == ORIGIN);
	assert_true(out.event[2].ts == ORIGIN + 1000);
}

/* Two threads hand over on two CPUs; another program and idleness in between. */
static void test_running_and_wakers(void **state)
{
	struct model_task *a = new_task(10, 10, "alpha"), *b = new_task(11, 10, "beta");
	struct model_task *o = new_task(99, 99, "other");

	(void)state;
	start();
	WAKE(.ns = 90, .cpu = 0, .target_cpu = 1, .wakee = b, .waker = a, .prio = 120);
	CPU(.cpu = 1, .start_ns = 0, .end_ns = 100, .use = CPU_IDLE, .switched = true);
	CPU(.cpu = 0, .start_ns = 0, .end_ns = 130, .use = CPU_WORKLOAD, .task = a, .prio = 120,
	    BLOCKS);
	WAKE(.ns = 200, .cpu = 0, .target_cpu = 1, .wakee = o, .hardirq = true, .prio = 100);
	WAKE(.ns = 300, .cpu = 1, .target_cpu = 0, .wakee = a, .waker = b, .prio = 120);
	CPU(.cpu = 1, .start_ns = 100, .end_ns = 350, .use = CPU_WORKLOAD, .task = b, .prio = 121,
	    .switched = true, .preempt = true);
	CPU(.cpu = 0, .start_ns = 130, .end_ns = 400, .use = CPU_IDLE, .switched = true);
	CPU(.cpu = 0, .start_ns = 400, .end_ns = 1000, .use = CPU_WORKLOAD, .task = a, .prio = 120);
	CPU(.cpu = 1, .start_ns = 350, .end_ns = 1000, .use = CPU_OTHER, .task = o, .prio = 100);
	finish();
	assert_int_equal(ran(10), 130 + 600);
	assert_int_equal(ran(11), 250);
	assert_int_equal(ran(99), 650);
	assert_int_equal(ran(0), 100 + 270);
	assert_int_equal(waker_of(11, 0), 10);
	assert_int_equal(waker_of(10, 0), 11);
	assert_int_equal(find_event(WAKING, 99, 0)->flags, 0x08);
	assert_int_equal(find_event(WAKING, 10, 0)->flags, 0);
	assert_int_equal(find_event(WAKING, 11, 0)->extra, 1);
	assert_int_equal(find_event(SWITCH, 11, 0)->prio, 121);
	assert_string_equal(find_event(SWITCH, 11, 0)->comm, "beta");
	assert_int_equal(state_at(0, 130), 1);
	assert_int_equal(state_at(1, 350), 0x100);
	/* What still runs when the window ends is not stretched, and not put to sleep. */
	assert_int_equal(state_at(0, 1000), 0x100);
	assert_int_equal(state_at(1, 1000), 0x100);
}

static void test_states(void **state)
{
	static const struct {
		uint32_t recorded, reported;
	} rows[] = {
		{0, 0},	    {1, 1},	 {0x2001, 1},	{2, 2},	      {0x102, 2},
		{0x4, 4},   {8, 8},	 {0x402, 0x80}, {0x80, 0x10}, {0x20, 32},
		{0x40, 64}, {0x1000, 2}, {0x8000, 2},	{0x200, 2},   {0x104, 4},
	};
	struct model_task *a = new_task(10, 10, "alpha");
	size_t i, n = sizeof(rows) / sizeof(rows[0]);

	(void)state;
	start();
	for (i = 0; i < n; i++) {
		CPU(.cpu = 0, .start_ns = i * 10, .end_ns = i * 10 + 5, .use = CPU_WORKLOAD,
		    .task = a, .switched = true, .prev_state = rows[i].recorded);
		CPU(.cpu = 0, .start_ns = i * 10 + 5, .end_ns = i * 10 + 10, .use = CPU_IDLE,
		    .switched = true);
	}
	finish();
	for (i = 0; i < n; i++)
		assert_int_equal(state_at(0, i * 10 + 5), rows[i].reported);
}

/* The same task in two slices, cut without a switch, is one stretch. */
static void test_cut_without_switch(void **state)
{
	struct model_task *a = new_task(10, 10, "alpha");

	(void)state;
	start();
	CPU(.cpu = 0, .start_ns = 0, .end_ns = 10, .use = CPU_OTHER, .task = a);
	CPU(.cpu = 0, .start_ns = 10, .end_ns = 40, .use = CPU_WORKLOAD, .task = a, BLOCKS);
	CPU(.cpu = 0, .start_ns = 40, .end_ns = 1000, .use = CPU_IDLE);
	finish();
	assert_int_equal(ran(10), 40);
	assert_int_equal(find_event(SWITCH, 10, 0)->ts, ORIGIN);
	assert_null(find_event(SWITCH, 10, 1));
}

static void test_losses(void **state)
{
	struct model_task *a = new_task(10, 10, "alpha");

	(void)state;
	start();
	CPU(.cpu = 2, .start_ns = 0, .end_ns = 100, .use = CPU_WORKLOAD, .task = a);
	CPU(.cpu = 2, .start_ns = 100, .end_ns = 300, .use = CPU_UNKNOWN);
	CPU(.cpu = 2, .start_ns = 300, .end_ns = 1000, .use = CPU_WORKLOAD, .task = a);
	finish();
	assert_int_equal(ran(10), 100 + 700);
	assert_int_equal(ran(0x40000002), 200);
	assert_string_equal(find_event(SWITCH, 0x40000002, 0)->comm, "not recorded");
	assert_int_equal(state_at(2, 100), 0x40);
	assert_int_equal(state_at(2, 300), 0x10);
	assert_int_equal(out.lost_bundles, 1);
	assert_non_null(strstr(out.text, "<CPU 2: not recorded>"));
	assert_non_null(strstr(out.text, "<events lost>"));
}

static void test_blocked_reason(void **state)
{
	struct model_task *a = new_task(10, 10, "alpha"), *b = new_task(1234, 10, "worker-2");
	struct sync_object *lock = new_object(CAUSE_MUTEX, 0x7f0010);
	struct wait plain = {.cause = CAUSE_MUTEX, .object = lock};
	struct wait held = {
		.cause = CAUSE_MUTEX, .object = lock, .holder = b, .confidence = CONFIDENCE_HIGH};
	struct wait guess = {
		.cause = CAUSE_MUTEX, .object = lock, .holder = b, .confidence = CONFIDENCE_LOW};
	struct wait disk = {.cause = CAUSE_DISK, .iowait = true};
	const struct {
		const struct wait *wait;
		const char *text;
		uint32_t iowait;
	} rows[] = {
		{&plain, "mutex 0x7f0010", 0},
		{&held, "mutex 0x7f0010, held by worker-2 (1234)", 0},
		{&held, "mutex 0x7f0010, held by worker-2 (1234)", 0},
		{&guess, "mutex 0x7f0010, probably held by worker-2 (1234)", 0},
		{&disk, "disk", 1},
	};
	size_t i, n = sizeof(rows) / sizeof(rows[0]);
	const struct event *e;

	(void)state;
	start();
	for (i = 0; i < n; i++)
		TASK(.task = a, .start_ns = 100 + 10 * i, .end_ns = 105 + 10 * i,
		     .state = TASK_BLOCKED, .cpu = i ? 1 : UINT32_MAX, .wait = rows[i].wait);
	TASK(.task = a, .start_ns = 205, .end_ns = 300, .state = TASK_RUNNABLE, .cpu = 1);
	finish();
	for (i = 0; i < n; i++) {
		e = find_event(BLOCKED, 10, i);
		assert_non_null(e);
		assert_true(e->ts == ORIGIN + 101 + 10 * i);
		assert_int_equal(e->flags, rows[i].iowait);
		assert_string_equal(out.symbol[e->extra], rows[i].text);
	}
	assert_null(find_event(BLOCKED, 10, n));
	assert_int_equal(out.nsymbols, 4);
}

/* What is told apart is bounded; what comes later is named by its cause alone. */
static void test_many_objects(void **state)
{
	size_t i, n = 70000;
	struct sync_object *objects = calloc(n, sizeof(*objects));
	struct model_task *a = new_task(10, 10, "alpha");
	const struct event *e;

	(void)state;
	assert_non_null(objects);
	start();
	for (i = 0; i < n; i++) {
		struct wait wait = {.cause = CAUSE_MUTEX, .object = &objects[i]};

		objects[i] = (struct sync_object){.id = (uint32_t)i, .kind = CAUSE_MUTEX};
		TASK(.task = a, .start_ns = 10 * i, .end_ns = 10 * i + 5, .state = TASK_BLOCKED,
		     .wait = &wait);
	}
	finish();
	free(objects);
	assert_int_equal(out.nsymbols, 65536 + 1);
	e = find_event(BLOCKED, 10, n - 1);
	assert_non_null(e);
	assert_string_equal(out.symbol[e->extra], "mutex");
}

/* A waking before the switch-out that it undoes is told again after it, but only then. */
static void test_early_waking(void **state)
{
	struct model_task *a = new_task(10, 10, "alpha"), *b = new_task(11, 10, "beta");
	const struct event *e;

	(void)state;
	start();
	WAKE(.ns = 95, .cpu = 1, .target_cpu = 0, .wakee = a, .waker = b);
	CPU(.cpu = 0, .start_ns = 0, .end_ns = 100, .use = CPU_WORKLOAD, .task = a, BLOCKS);
	CPU(.cpu = 0, .start_ns = 100, .end_ns = 150, .use = CPU_IDLE, .switched = true);
	/* Spurious: it goes on to sleep and is woken by another. */
	WAKE(.ns = 160, .cpu = 1, .target_cpu = 0, .wakee = a, .waker = b);
	CPU(.cpu = 0, .start_ns = 150, .end_ns = 200, .use = CPU_WORKLOAD, .task = a, BLOCKS);
	WAKE(.ns = 210, .cpu = 1, .target_cpu = 0, .wakee = a, .waker = b);
	CPU(.cpu = 0, .start_ns = 200, .end_ns = 250, .use = CPU_IDLE, .switched = true);
	/* Woken while it ran, then preempted: it was runnable all along. */
	WAKE(.ns = 260, .cpu = 1, .target_cpu = 0, .wakee = a, .waker = b);
	CPU(.cpu = 0, .start_ns = 250, .end_ns = 300, .use = CPU_WORKLOAD, .task = a,
	    .switched = true, .prev_state = 1, .preempt = true);
	CPU(.cpu = 0, .start_ns = 300, .end_ns = 310, .use = CPU_IDLE, .switched = true);
	WAKE(.ns = 399, .cpu = 1, .target_cpu = 0, .wakee = a, .waker = b);
	CPU(.cpu = 0, .start_ns = 310, .end_ns = 400, .use = CPU_WORKLOAD, .task = a, BLOCKS);
	finish();
	e = find_event(RETOLD, 10, 0);
	assert_non_null(e);
	assert_true(e->ts == ORIGIN + 101);
	assert_int_equal(e->by, 11);
	/* Woken as it blocked, but it got no CPU before the end. */
	e = find_event(RETOLD, 10, 1);
	assert_non_null(e);
	assert_true(e->ts == ORIGIN + 401);
	assert_null(find_event(RETOLD, 10, 2));
}

/*
 * The kernel hid the task's switch-in, so its early waking came while the model held it to be
 * blocked, and is not what ended the next block: that was hidden, too, but the scheduler knows
 * when. What the model says counts.
 */
static void test_early_waking_of_another_block(void **state)
{
	struct model_task *a = new_task(10, 10, "alpha"), *b = new_task(11, 10, "beta");
	static const struct wait pipe = {.cause = CAUSE_PIPE};
	const struct event *e;

	(void)state;
	start();
	WAKE(.ns = 95, .cpu = 1, .target_cpu = 0, .wakee = a, .waker = b);
	CPU(.cpu = 0, .start_ns = 90, .end_ns = 100, .use = CPU_WORKLOAD, .task = a, BLOCKS);
	TASK(.task = a, .start_ns = 100, .end_ns = 112, .state = TASK_BLOCKED, .cpu = 0,
	     .wait = &pipe);
	TASK(.task = a, .start_ns = 112, .end_ns = 150, .state = TASK_RUNNABLE, .cpu = 0);
	CPU(.cpu = 0, .start_ns = 100, .end_ns = 150, .use = CPU_IDLE, .switched = true);
	/* Here it is: runnable as soon as it has left. */
	WAKE(.ns = 195, .cpu = 1, .target_cpu = 0, .wakee = a, .waker = b);
	CPU(.cpu = 0, .start_ns = 150, .end_ns = 200, .use = CPU_WORKLOAD, .task = a, BLOCKS);
	TASK(.task = a, .start_ns = 200, .end_ns = 250, .state = TASK_RUNNABLE, .cpu = 0,
	     .woken_by = WAKE_TASK, .waker = b);
	CPU(.cpu = 0, .start_ns = 200, .end_ns = 250, .use = CPU_IDLE, .switched = true);
	CPU(.cpu = 0, .start_ns = 250, .end_ns = 260, .use = CPU_WORKLOAD, .task = a, BLOCKS);
	finish();
	e = find_event(RETOLD, 10, 0);
	assert_non_null(e);
	assert_true(e->ts == ORIGIN + 113);
	assert_int_equal(e->by, 0);
	e = find_event(RETOLD, 10, 1);
	assert_non_null(e);
	assert_true(e->ts == ORIGIN + 201);
	assert_int_equal(e->by, 11);
	assert_null(find_event(RETOLD, 10, 2));
}

static void test_tasks(void **state)
{
	struct model_task *main_thread = new_task(10, 10, "main"), *t = new_task(11, 10, "worker");
	struct model_task *again = new_task(11, 11, "again");

	(void)state;
	main_thread->args = "prog\0-x\0caf\xe9";
	main_thread->args_len = 12;
	main_thread->ended = true;
	main_thread->end_ns = 500; /* before its thread */
	t->started = t->ended = true;
	t->start_ns = 100;
	t->end_ns = 600;
	t->parent_tid = 10;
	main_thread->started = true; /* as the window opens: no birth */
	again->started = true;
	again->start_ns = 700;
	again->parent_tid = 10;
	start();
	WAKE(.ns = 110, .cpu = 0, .target_cpu = 0, .wakee = t, .waker = main_thread,
	     .new_task = true);
	CPU(.cpu = 0, .start_ns = 0, .end_ns = 1000, .use = CPU_IDLE);
	finish();
	assert_non_null(strstr(out.text, "<prog><-x><caf\xef\xbf\xbd>"));
	assert_non_null(strstr(out.text, "<worker>"));
	assert_null(find_event(WAKING, 11, 0)); /* the birth makes it runnable */
	assert_true(find_event(BORN, 11, 0)->ts == ORIGIN + 100);
	assert_int_equal(find_event(BORN, 11, 0)->flags, 0x10000);
	assert_int_equal(find_event(BORN, 11, 0)->by, 10);
	assert_int_equal(find_event(BORN, 11, 1)->flags, 0);
	assert_null(find_event(BORN, 10, 0));
	assert_true(find_event(FREED, 11, 0)->ts == ORIGIN + 601);
	assert_true(find_event(FREED, 10, 0)->ts == ORIGIN + 601);
	assert_null(find_event(FREED, 11, 1)); /* still lives */
}

/* More than fits into a bundle, in events and in names. */
static void test_many(void **state)
{
	struct model_task *t[40];
	char comm[16];
	size_t i;

	(void)state;
	for (i = 0; i < 40; i++) {
		snprintf(comm, sizeof(comm), "t%zu\xff", i);
		t[i] = new_task(100 + (uint32_t)i, 100, comm);
	}
	start();
	for (i = 0; i < 3000; i++) {
		/* A name for each quarter of the run: 160 different ones. */
		snprintf(t[i % 40]->comm, sizeof(t[0]->comm), "t%zu.%zu", i % 40, i / 750);
		WAKE(.ns = i * 7, .cpu = 0, .target_cpu = 1, .wakee = t[i % 40]);
		CPU(.cpu = 0, .start_ns = i * 7, .end_ns = i * 7 + 7, .use = CPU_WORKLOAD,
		    .task = t[i % 40], BLOCKS);
	}
	finish();
	for (i = 0; i < 40; i++)
		assert_int_equal(ran(100 + (uint32_t)i), 7 * 75);
	assert_string_equal(find_event(SWITCH, 107, 0)->comm, "t7.0");
	assert_string_equal(find_event(SWITCH, 107, 74)->comm, "t7.3");
	assert_non_null(find_event(WAKING, 139, 74));
}

static void test_findings(void **state)
{
	static const struct report_column columns[] = {
		{"code", "CODE", R_TEXT, U_NONE, 0},
		{"share", "SHARE", R_REAL, U_SHARE, 0},
		{"summary", "", R_TEXT, U_NONE, 0},
	};
	struct report *report = report__new();
	struct report_table *t;
	size_t row;

	(void)state;
	assert_non_null(report__add(report, "", "", columns, 0));
	t = report__add(report, "", "findings", columns, 3);
	assert_non_null(t);
	row = table__add_row(t, 0);
	table__set_text(t, row, "code", "lock-contention");
	table__set_real(t, row, "share", 0.5);
	table__set_text(t, row, "summary", "Threads queue for one lock");
	start();
	CPU(.cpu = 0, .start_ns = 0, .end_ns = 1000, .use = CPU_IDLE);
	finish_with(report);
	assert_non_null(strstr(out.text, "<Findings>"));
	assert_non_null(strstr(out.text, "<Threads queue for one lock>"));
	report__free(report);
}

static void test_write_failure(void **state)
{
	struct export_input in = {.model = fake_model, .info = &info};
	FILE *full = fopen("/dev/full", "w");
	void *st = NULL;

	(void)state;
	assert_non_null(full);
	assert_int_equal(exporter_perfetto.begin(&in, full, &st), 0);
	assert_int_equal(exporter_perfetto.finish(st, NULL), -EIO);
	exporter_perfetto.end(st);
	fclose(full);
	in.model = NULL;
	assert_int_equal(exporter_perfetto.begin(&in, stdout, &st), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_clocks, reset),
		cmocka_unit_test_setup(test_running_and_wakers, reset),
		cmocka_unit_test_setup(test_states, reset),
		cmocka_unit_test_setup(test_cut_without_switch, reset),
		cmocka_unit_test_setup(test_losses, reset),
		cmocka_unit_test_setup(test_blocked_reason, reset),
		cmocka_unit_test_setup(test_many_objects, reset),
		cmocka_unit_test_setup(test_early_waking, reset),
		cmocka_unit_test_setup(test_early_waking_of_another_block, reset),
		cmocka_unit_test_setup(test_tasks, reset),
		cmocka_unit_test_setup(test_many, reset),
		cmocka_unit_test_setup(test_findings, reset),
		cmocka_unit_test_setup(test_write_failure, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
