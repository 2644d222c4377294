// SPDX-License-Identifier: GPL-2.0-only
/* The verdict on reports made by hand: which finding, what share, whom it blames, in what order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/report.h"
#include "verdict/verdict.h"

#include "verdict_make.inc"

static void test_nothing(void **state)
{
	struct made m = make(600);

	(void)state;
	check_codes(&m, "");
	report__free(m.report);
	m.report = report__new(); /* without any table */
	assert_int_equal(verdict__judge(m.report), 0);
	assert_int_equal(table__rows(report__find(m.report, "findings")), 0);
	report__free(m.report);
}

static void test_healthy(void **state)
{
	struct made m = make(1900);

	(void)state;
	add_lock(&m, 0, "mutex", "hot"); /* waited for, and costs nothing */
	check_codes(&m, "cpu-bound-parallel");
	report__free(m.report);
}

static void test_imbalance(void **state)
{
	static const char *const names[][3] = {
		{"worker-1", "worker-2", "worker-3"},
		{"Thread-1 (work)", "Thread-2 (work)", "Thread-13 (work)"},
	};
	const struct report_table *t;
	struct made m;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		m = make(1200);
		/* One of three equal threads goes on for 600 ms when the others have ended. */
		add_task(&m, 100, "app", 1, 1000);
		add_task(&m, 101, names[i][0], 300, 400);
		add_task(&m, 102, names[i][1], 300, 400);
		add_task(&m, 103, names[i][2], 900, 1000);
		table__set_int(m.root, 0, "parallelism.serial_ns", 600 * MS);
		add_by(m.idle, NULL, "no-thread", 600);
		check_codes(&m, "load-imbalance");
		t = report__find(m.report, "findings");
		assert_int_equal(table__int(t, 0, "tid"), 103);
		assert_string_equal(table__text(t, 0, "subject"), names[i][2]);
		report__free(m.report);
	}
}

static void test_serial(void **state)
{
	struct made m;
	const struct report_table *t;
	size_t row;

	(void)state;
	/* The main thread computes alone first: nobody is unequal. */
	m = make(1400);
	add_task(&m, 100, "app", 600, 1000);
	add_task(&m, 101, "worker-1", 400, 1000);
	add_task(&m, 102, "worker-2", 400, 1000);
	table__set_int(m.root, 0, "parallelism.serial_ns", 600 * MS);
	add_by(m.idle, NULL, "no-thread", 600);
	row = table__add_row(m.serial, 0);
	table__set_int(m.serial, row, "tid", 100);
	table__set_text(m.serial, row, "comm", "app");
	table__set_int(m.serial, row, "ns", 600 * MS);
	table__set_text(m.serial, row, "function", "merge");
	table__set_text(m.serial, row, "module", "app");
	check_codes(&m, "serial-section");
	t = report__find(m.report, "findings");
	assert_int_equal(table__int(t, 0, "tid"), 100);
	assert_non_null(strstr(table__text(t, 0, "detail"), "merge()"));
	report__free(m.report);

	/* Nor is it one of its threads if they bear its name and do far less. */
	m = make(1400);
	add_task(&m, 100, "app", 600, 1000);
	add_task(&m, 101, "app", 40, 1000);
	add_task(&m, 102, "app", 40, 1000);
	table__set_int(m.root, 0, "parallelism.serial_ns", 600 * MS);
	add_by(m.idle, NULL, "no-thread", 600);
	row = table__add_row(m.serial, 0);
	table__set_int(m.serial, row, "tid", 100);
	table__set_int(m.serial, row, "ns", 600 * MS);
	check_codes(&m, "serial-section");
	report__free(m.report);
}

static void test_path(void **state)
{
	struct made m = make(400);
	const struct report_table *t;
	size_t row;

	(void)state;
	row = add_by(m.path, "blocked", "sleep", 300);
	table__set_int(m.path, row, "tid", 105);
	table__set_text(m.path, row, "comm", "poller");
	add_by(m.path, "blocked", "disk", 200);
	add_by(m.path, "blocked", "pagefault", 50);
	add_by(m.path, "running", "", 450);
	check_codes(&m, "sleep-bound io-bound");
	t = report__find(m.report, "findings");
	assert_string_equal(table__text(t, 0, "subject"), "poller");
	assert_int_equal(table__int(t, 1, "evidence.path_ns"), 250 * MS);
	report__free(m.report);
}

/* A wait that the clock ended is as a sleep; one that somebody ended is not, nor a protocol's. */
static void test_timeouts(void **state)
{
	static const struct {
		const char *cause, *woken_by, *name, *expected;
	} cases[] = {
		{"condvar", "timer", "done", "sleep-bound"},
		{"condvar", "task", "done", ""},
		{"condvar", NULL, "done", ""},
		{"gil", "timer", "GIL", ""},
		{"poll", "timer", "done", "sleep-bound"},
		{"network", "timer", "done", ""},
	};
	size_t i, row;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct made m = make(400);

		add_lock(&m, 7, cases[i].cause, cases[i].name);
		row = add_by(m.path, "blocked", cases[i].cause, 300);
		table__set_int(m.path, row, "sync", 7);
		table__set_int(m.path, row, "tid", 105);
		table__set_text(m.path, row, "comm", "timer");
		if (cases[i].woken_by)
			table__set_text(m.path, row, "woken_by", cases[i].woken_by);
		check_codes(&m, cases[i].expected);
		report__free(m.report);
	}
}

/*
 * 100 short threads. All that starting them costs is CPU time, seen where they enter the kernel:
 * at the innermost frames; that all of a thread is called by clone3() means nothing.
 */
static void check_spawn(const char *const *frames, int64_t kernel, int64_t waited_ms,
			const char *expected)
{
	struct made m = make(1960);
	struct report_table *sites, *stacks, *t;
	int64_t i;
	size_t row;

	for (i = 0; i < 100; i++)
		add_task(&m, 101 + i, "task", 1, 2);
	sites = report__add(m.report, "", "samples.sites", sample_columns, COUNT(sample_columns));
	stacks = report__add(m.report, "", "stacks", stack_columns, COUNT(stack_columns));
	t = report__add(m.report, "stacks", "frames", frame_columns, COUNT(frame_columns));
	table__set_int(stacks, table__add_row(stacks, 0), "id", 3);
	for (; *frames; frames++)
		table__set_text(t, table__add_row(t, 0), "function", *frames);
	row = table__add_row(sites, 0);
	table__set_int(sites, row, "stack", 3);
	table__set_text(sites, row, "function", "run_task");
	table__set_int(sites, row, "samples", 60);
	table__set_int(sites, row, "kernel", kernel);
	table__set_int(m.root, 0, "samples.count", 100);
	table__set_int(m.root, 0, "spawn.threads.total_ns", waited_ms * MS);
	check_codes(&m, expected);
	report__free(m.report);
}

static void test_spawn(void **state)
{
	static const char *const forks[] = {"arch_fork", "_Fork", "run_task", "main", NULL};
	static const char *const waits[] = {"wait4", "run_task", "start_thread", "clone3", NULL};

	(void)state;
	check_spawn(forks, 60, 0, "spawn-bound");
	check_spawn(forks, 4, 0, "cpu-bound-parallel");
	check_spawn(waits, 60, 0, "cpu-bound-parallel");
	/* That they wait for a CPU costs nothing while all CPUs compute. */
	check_spawn(waits, 60, 500, "cpu-bound-parallel");
}

static void test_causes_of_idle(void **state)
{
	struct made m = make(800);
	size_t row;

	(void)state;
	add_by(m.idle, NULL, "affinity", 500);
	add_by(m.idle, NULL, "throttled", 400);
	row = add_lock(&m, 3, "barrier", "gate");
	table__set_int(m.idle, add_by(m.idle, NULL, "barrier", 200), "sync", 3);
	row = add_by(m.blame, NULL, "barrier", 300);
	table__set_int(m.blame, row, "sync", 3);
	table__set_int(m.blame, row, "tid", 104);
	table__set_text(m.blame, row, "comm", "slow-one");
	table__set_text(m.blame, row, "root", "computation");
	check_codes(&m, "affinity throttled barrier-straggler");
	assert_string_equal(table__text(report__find(m.report, "findings"), 2, "subject"),
			    "slow-one");
	report__free(m.report);
}

static void test_losses_come_first(void **state)
{
	struct made m = make(1000);
	const struct report_table *t;

	(void)state;
	table__set_int(m.idle, add_by(m.idle, NULL, "mutex", 900), "sync", 7);
	add_lock(&m, 7, "mutex", "big_lock");
	table__set_int(m.root, 0, "events.lost", 5);
	check_codes(&m, "data-incomplete lock-contention");
	t = report__find(m.report, "findings");
	assert_int_equal(table__int(t, 0, "evidence.lost"), 5);
	assert_false(table__bool(t, 1, "uncertain"));
	report__free(m.report);

	/* More is unknown than what is found costs. */
	m = make(1000);
	table__set_int(m.idle, add_by(m.idle, NULL, "mutex", 200), "sync", 7);
	add_lock(&m, 7, "mutex", "big_lock");
	table__set_int(m.cpus, 0, "unknown_ns", 300 * MS);
	check_codes(&m, "data-incomplete lock-contention");
	t = report__find(m.report, "findings");
	assert_false(table__bool(t, 0, "uncertain"));
	assert_true(table__bool(t, 1, "uncertain"));
	report__free(m.report);
}

/* Nine locks: the three worst are told, the worst first, and do not hide what else there is. */
static void test_many_alike(void **state)
{
	struct made m = make(0);
	const struct report_table *t;
	int64_t i;

	(void)state;
	for (i = 0; i < 9; i++) {
		add_lock(&m, i, "mutex", "a\033[2J\"</script>\xff");
		table__set_int(m.idle, add_by(m.idle, NULL, "mutex", 150 + i), "sync", i);
	}
	add_by(m.idle, NULL, "throttled", 140);
	t = judge(&m);
	assert_int_equal(table__rows(t), VERDICT_ALIKE + 1);
	for (i = 0; i < VERDICT_ALIKE; i++)
		assert_int_equal(table__int(t, (size_t)i, "sync"), 8 - i);
	assert_int_equal(table__int(t, 0, "alike"), 9);
	assert_false(table__has(t, 1, "alike"));
	assert_string_equal(table__text(t, VERDICT_ALIKE, "code"), "throttled");
	assert_false(table__has(t, VERDICT_ALIKE, "alike"));
	report__free(m.report);
}

/* One that computes all the time, and of whom so much of the others' waiting is. */
static void check_stage(int64_t waited_ms, const char *expected)
{
	struct made m = make(1000);
	size_t row;

	add_task(&m, 100, "app", 10, 1000);
	add_task(&m, 101, "encoder", 950, 1000);
	add_by(m.idle, NULL, "condvar", 900);
	row = add_by(m.blame, NULL, "condvar", waited_ms);
	table__set_int(m.blame, row, "tid", 101);
	table__set_text(m.blame, row, "root", "computation");
	table__set_text(m.blame, add_by(m.blame, NULL, "condvar", 900 - waited_ms), "root",
			"timer");
	check_codes(&m, expected);
	report__free(m.report);
}

static void test_stage(void **state)
{
	(void)state;
	check_stage(500, "pipeline-stage");
	check_stage(25, "");
}

static void predict(struct report_table *t, const char *code, int64_t wall_ms)
{
	size_t row = 0;

	while (strcmp(table__text(t, row, "code"), code) != 0)
		row++;
	table__set_int(t, row, "without.wall_ns", wall_ms * MS);
}

/* A replay says what a fault costs: findings are ranked by that, and what buys nothing goes. */
static void test_predictions(void **state)
{
	struct made m = make(0);
	struct report_table *t;
	size_t row;

	(void)state;
	row = add_by(m.path, "blocked", "sleep", 300);
	table__set_int(m.path, row, "tid", 101);
	add_lock(&m, 5, "mutex", "hot");
	table__set_int(m.idle, add_by(m.idle, NULL, "mutex", 400), "sync", 5);
	check_codes(&m, "sleep-bound lock-contention");
	t = report__find(m.report, "findings");
	assert_string_equal(table__text(t, 0, "cost_from"), "path");
	assert_string_equal(table__text(t, 1, "cost_from"), "idle");
	predict(t, "lock-contention", 550);
	assert_int_equal(verdict__weigh(m.report), 0);
	assert_string_equal(table__text(t, 0, "code"), "lock-contention");
	assert_int_equal(table__int(t, 0, "cost_ns"), 450 * MS);
	assert_string_equal(table__text(t, 0, "cost_from"), "replay");
	assert_string_equal(table__text(t, 1, "cost_from"), "path");
	assert_int_equal((int)(table__real(t, 0, "share") * 100 + 0.5), 45);
	assert_int_equal(table__int(t, 0, "sync"), 5);
	assert_string_equal(table__text(t, 1, "code"), "sleep-bound");
	assert_int_equal(table__int(t, 1, "tid"), 101);
	predict(t, "sleep-bound", 970); /* 3 % */
	assert_int_equal(verdict__weigh(m.report), 0);
	assert_int_equal(table__rows(t), 1);
	predict(t, "lock-contention", 1100); /* the only one stays */
	assert_int_equal(verdict__weigh(m.report), 0);
	assert_int_equal(table__rows(t), 1);
	assert_int_equal(table__int(t, 0, "cost_ns"), 0);
	report__free(m.report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_healthy),
		cmocka_unit_test(test_imbalance),
		cmocka_unit_test(test_serial),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_spawn),
		cmocka_unit_test(test_causes_of_idle),
		cmocka_unit_test(test_losses_come_first),
		cmocka_unit_test(test_many_alike),
		cmocka_unit_test(test_stage),
		cmocka_unit_test(test_predictions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
