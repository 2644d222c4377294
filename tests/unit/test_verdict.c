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

#define MS	 1000000
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define INT(key)                                                                                   \
	{                                                                                          \
		key, key, R_INT, U_NONE, 0                                                         \
	}
#define TXT(key)                                                                                   \
	{                                                                                          \
		key, key, R_TEXT, U_NONE, 0                                                        \
	}

static const struct report_column root_columns[] = {
	INT("wall_ns"),
	INT("window.end_ns"),
	INT("events.lost"),
	{"truncated", "", R_BOOL, U_NONE, 0},
	INT("parallelism.serial_ns"),
	INT("switches.involuntary"),
	INT("switches.by_cause.pipe"),
	INT("spawn.processes.exec.total_ns"),
	INT("spawn.threads.total_ns"),
	INT("spawn.reap.total_ns"),
	INT("samples.count"),
};
static const struct report_column cpu_columns[] = {INT("workload_ns"), INT("other_ns"),
						   INT("idle_ns"), INT("unknown_ns")};
static const struct report_column task_columns[] = {
	INT("tid"),
	INT("pid"),
	INT("ppid"),
	TXT("comm"),
	INT("start_ns"),
	INT("end_ns"),
	INT("running_ns"),
	INT("runnable_ns"),
	INT("blocked_ns"),
	INT("unknown_ns"),
	INT("switches.voluntary"),
	INT("blocked_by.semaphore"),
};
static const struct report_column sync_columns[] = {
	INT("id"),
	TXT("kind"),
	TXT("name"),
	INT("waits"),
	INT("wait_ns"),
	INT("max_wait_ns"),
	INT("waiters"),
	TXT("confidence"),
	INT("handoff.count"),
	INT("handoff.total_ns"),
	INT("hold.count"),
	INT("hold.p50_ns"),
	INT("hold.max_ns"),
	{"parking", "", R_BOOL, U_NONE, 0},
	{"libc", "", R_BOOL, U_NONE, 0},
};
static const struct report_column holder_columns[] = {INT("tid"), TXT("comm"), INT("ns"),
						      INT("while.running"), INT("while.runnable")};
static const struct report_column by_columns[] = {
	INT("tid"),  TXT("comm"), TXT("state"),	   TXT("cause"),  TXT("root"),
	INT("sync"), INT("ns"),	  TXT("function"), TXT("module"), TXT("woken_by")};
static const struct report_column sample_columns[] = {INT("stack"), TXT("function"), INT("samples"),
						      INT("kernel")};
static const struct report_column stack_columns[] = {INT("id")};
static const struct report_column frame_columns[] = {TXT("function")};

struct made {
	struct report *report;
	struct report_table *root, *cpus, *tasks, *sync, *holders, *idle, *path, *blame, *serial;
};

/* A second on two CPUs, of which the program had `workload` ms and the rest was idle. */
static struct made make(int64_t workload)
{
	struct made m = {.report = report__new()};
	size_t row;

	assert_non_null(m.report);
	m.root = report__add(m.report, "", "", root_columns, COUNT(root_columns));
	m.cpus = report__add(m.report, "", "cpus", cpu_columns, COUNT(cpu_columns));
	m.tasks = report__add(m.report, "", "tasks", task_columns, COUNT(task_columns));
	m.sync = report__add(m.report, "", "sync", sync_columns, COUNT(sync_columns));
	m.holders = report__add(m.report, "sync", "holders", holder_columns, COUNT(holder_columns));
	m.idle = report__add(m.report, "", "idle.by", by_columns, COUNT(by_columns));
	m.path = report__add(m.report, "", "critical_path.by", by_columns, COUNT(by_columns));
	m.blame = report__add(m.report, "", "blame.by", by_columns, COUNT(by_columns));
	m.serial = report__add(m.report, "", "parallelism.serial", by_columns, COUNT(by_columns));
	table__set_int(m.root, 0, "wall_ns", 1000 * MS);
	table__set_int(m.root, 0, "window.end_ns", 1000 * MS);
	row = table__add_row(m.cpus, 0);
	table__set_int(m.cpus, row, "workload_ns", workload / 2 * MS);
	table__set_int(m.cpus, row, "idle_ns", (1000 - workload / 2) * MS);
	row = table__add_row(m.cpus, 0);
	table__set_int(m.cpus, row, "workload_ns", workload / 2 * MS);
	table__set_int(m.cpus, row, "idle_ns", (1000 - workload / 2) * MS);
	return m;
}

static void add_task(struct made *m, int64_t tid, const char *comm, int64_t running_ms,
		     int64_t end_ms)
{
	size_t row = table__add_row(m->tasks, 0);

	table__set_int(m->tasks, row, "tid", tid);
	table__set_int(m->tasks, row, "pid", 100);
	table__set_text(m->tasks, row, "comm", comm);
	table__set_int(m->tasks, row, "start_ns", 0);
	table__set_int(m->tasks, row, "end_ns", end_ms * MS);
	table__set_int(m->tasks, row, "running_ns", running_ms * MS);
	table__set_int(m->tasks, row, "blocked_ns", (end_ms - running_ms) * MS);
	table__set_int(m->tasks, row, "switches.voluntary", 1000);
}

static size_t add_by(struct report_table *t, const char *what, const char *cause, int64_t ms)
{
	size_t row = table__add_row(t, 0);

	if (what)
		table__set_text(t, row, "state", what);
	table__set_text(t, row, "cause", cause);
	table__set_int(t, row, "ns", ms * MS);
	return row;
}

static size_t add_lock(struct made *m, int64_t id, const char *kind, const char *name)
{
	size_t row = table__add_row(m->sync, 0);

	table__set_int(m->sync, row, "id", id);
	table__set_text(m->sync, row, "kind", kind);
	table__set_text(m->sync, row, "name", name);
	table__set_int(m->sync, row, "waits", 100);
	table__set_int(m->sync, row, "wait_ns", 500 * MS);
	table__set_int(m->sync, row, "max_wait_ns", 10 * MS);
	table__set_int(m->sync, row, "waiters", 4);
	table__set_text(m->sync, row, "confidence", "high");
	return row;
}

static void add_holder(struct made *m, size_t lock, int64_t running_ms, int64_t runnable_ms)
{
	size_t row = table__add_row(m->holders, lock);

	table__set_int(m->holders, row, "tid", 101);
	table__set_text(m->holders, row, "comm", "worker-1");
	table__set_int(m->holders, row, "ns", (running_ms + runnable_ms) * MS);
	table__set_int(m->holders, row, "while.running", running_ms * MS);
	table__set_int(m->holders, row, "while.runnable", runnable_ms * MS);
}

static const struct report_table *judge(struct made *m)
{
	assert_int_equal(verdict__judge(m->report), 0);
	assert_false(report__failed(m->report));
	return report__find(m->report, "findings");
}

/* The codes in their order, "a b c". */
static void check_codes(struct made *m, const char *expected)
{
	const struct report_table *t = judge(m);
	char codes[512] = "";
	size_t row;

	for (row = 0; row < table__rows(t); row++) {
		strcat(codes, row ? " " : "");
		strcat(codes, table__text(t, row, "code"));
		assert_true(table__real(t, row, "share") >= 0 && table__real(t, row, "share") <= 1);
		assert_non_null(table__text(t, row, "summary"));
	}
	assert_string_equal(codes, expected);
}

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

static void test_contention(void **state)
{
	struct made m = make(1000);
	size_t lock = add_lock(&m, 7, "mutex", "big_lock");
	const struct report_table *t;

	(void)state;
	add_lock(&m, 8, "mutex", "other_lock");
	add_holder(&m, lock, 900, 0);
	table__set_int(m.idle, add_by(m.idle, NULL, "mutex", 800), "sync", 7);
	table__set_int(m.idle, add_by(m.idle, NULL, "mutex", 50), "sync", 8);
	add_by(m.idle, NULL, "no-thread", 150);
	check_codes(&m, "lock-contention");
	t = report__find(m.report, "findings");
	assert_true(table__real(t, 0, "share") == 0.4);
	assert_int_equal(table__int(t, 0, "cost_ns"), 400 * MS);
	assert_int_equal(table__int(t, 0, "sync"), 7);
	assert_string_equal(table__text(t, 0, "subject"), "mutex big_lock");
	assert_int_equal(table__int(t, 0, "evidence.idle_ns"), 800 * MS);
	assert_int_equal(table__int(t, 0, "evidence.held_ns"), 900 * MS);
	assert_string_equal(table__text(t, 0, "detail"),
			    "4 threads waited 500 ms in all, 100 times, longest 10 ms. Held by "
			    "worker-1 (100 %), computing 100 % of that time.");
	report__free(m.report);
}

static void test_convoy_and_preempted_holder(void **state)
{
	struct made m = make(1000);
	size_t lock = add_lock(&m, 7, "rwlock", "table");

	(void)state;
	add_holder(&m, lock, 400, 100);
	table__set_int(m.sync, lock, "handoff.count", 10000);
	table__set_int(m.sync, lock, "handoff.total_ns", 300 * MS); /* the 100 are part of that */
	add_holder(&m, add_lock(&m, 8, "mutex", "other"), 400, 100);
	check_codes(&m, "lock-convoy preempted-holder");
	assert_int_equal(table__int(report__find(m.report, "findings"), 1, "sync"), 8);
	report__free(m.report);

	/* Not where hand-offs are few beside what is done under the lock, nor at a parking place.
	 */
	m = make(1000);
	lock = add_lock(&m, 7, "mutex", "slow");
	add_holder(&m, lock, 960, 30);
	table__set_int(m.sync, lock, "handoff.count", 10000);
	table__set_int(m.sync, lock, "handoff.total_ns", 60 * MS);
	lock = add_lock(&m, 8, "mutex", "parking");
	add_holder(&m, lock, 100, 500);
	table__set_bool(m.sync, lock, "parking", true);
	check_codes(&m, "");
	report__free(m.report);
}

static void test_gil(void **state)
{
	struct made m = make(1000);
	size_t gil = add_lock(&m, 7, "gil", "GIL");
	const struct report_table *t;
	size_t row;

	(void)state;
	add_holder(&m, gil, 800, 100);
	table__set_int(m.sync, gil, "hold.count", 160);
	table__set_int(m.sync, gil, "hold.p50_ns", 5 * MS);
	table__set_int(m.sync, gil, "hold.max_ns", 9 * MS);
	table__set_int(m.idle, add_by(m.idle, NULL, "gil", 400), "sync", 7);
	check_codes(&m, "gil");
	t = report__find(m.report, "findings");
	assert_string_equal(table__text(t, 0, "subject"), "GIL");
	assert_non_null(strstr(table__text(t, 0, "detail"),
			       "For 90 % of the time at least one thread queued for it."));
	assert_non_null(strstr(table__text(t, 0, "detail"), "at most 5.0 ms, the longest 9.0 ms."));
	assert_int_equal(table__int(t, 0, "sync"), 7);
	report__free(m.report);

	/* By its kind, whatever it is called; a condition variable is none, whatever it is called.
	 */
	m = make(1000);
	add_lock(&m, 7, "condvar", "_PyRuntime+0x1b0");
	table__set_int(m.idle, add_by(m.idle, NULL, "condvar", 400), "sync", 7);
	judge(&m);
	t = report__find(m.report, "findings");
	for (row = 0; row < table__rows(t); row++)
		assert_string_not_equal(table__text(t, row, "code"), "gil");
	report__free(m.report);
}

static void test_serial_or_imbalance(void **state)
{
	struct made m = make(1200);
	const struct report_table *t;
	size_t row;

	(void)state;
	/* One of four equal threads goes on for 600 ms when the others have ended. */
	add_task(&m, 100, "app", 1, 1000);
	add_task(&m, 101, "worker-1", 300, 400);
	add_task(&m, 102, "worker-2", 300, 400);
	add_task(&m, 103, "worker-3", 900, 1000);
	table__set_int(m.root, 0, "parallelism.serial_ns", 600 * MS);
	add_by(m.idle, NULL, "no-thread", 600);
	check_codes(&m, "load-imbalance");
	t = report__find(m.report, "findings");
	assert_int_equal(table__int(t, 0, "tid"), 103);
	assert_string_equal(table__text(t, 0, "subject"), "worker-3");
	report__free(m.report);

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

/* Two workers wait at a semaphore for each other for `own` ms of their lives. */
static void check_semaphore(int64_t waiters, int64_t own, const char *expected)
{
	struct made m = make(1000);
	size_t row = add_lock(&m, 7, "semaphore", "permits");

	table__set_int(m.sync, row, "waiters", waiters);
	add_task(&m, 101, "worker-1", 500, 1000);
	add_task(&m, 102, "worker-2", 500, 1000);
	table__set_int(m.tasks, 0, "blocked_by.semaphore", own * MS);
	table__set_int(m.tasks, 1, "blocked_by.semaphore", 400 * MS);
	table__set_int(m.idle, add_by(m.idle, NULL, "semaphore", 800), "sync", 7);
	row = add_by(m.blame, NULL, "semaphore", 500);
	table__set_int(m.blame, row, "sync", 7);
	table__set_int(m.blame, row, "tid", 101);
	row = add_by(m.blame, NULL, "semaphore", 300);
	table__set_int(m.blame, row, "sync", 7);
	table__set_int(m.blame, row, "tid", 102);
	check_codes(&m, expected);
	report__free(m.report);
}

static void test_semaphore(void **state)
{
	(void)state;
	check_semaphore(2, 300, "lock-contention");
	/* A slow stage, which never waits; one party hands over to another. */
	check_semaphore(2, 10, "");
	check_semaphore(1, 300, "");
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

/* Nine locks: the seven worst are told, the worst first. */
static void test_at_most_seven(void **state)
{
	struct made m = make(0);
	const struct report_table *t;
	int64_t i;

	(void)state;
	for (i = 0; i < 9; i++) {
		add_lock(&m, i, "mutex", "a\033[2J\"</script>\xff");
		table__set_int(m.idle, add_by(m.idle, NULL, "mutex", 150 + i), "sync", i);
	}
	t = judge(&m);
	assert_int_equal(table__rows(t), VERDICT_MOST);
	for (i = 0; i < VERDICT_MOST; i++)
		assert_int_equal(table__int(t, (size_t)i, "sync"), 8 - i);
	report__free(m.report);
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
	predict(t, "lock-contention", 550);
	assert_int_equal(verdict__weigh(m.report), 0);
	assert_string_equal(table__text(t, 0, "code"), "lock-contention");
	assert_int_equal(table__int(t, 0, "cost_ns"), 450 * MS);
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
		cmocka_unit_test(test_contention),
		cmocka_unit_test(test_convoy_and_preempted_holder),
		cmocka_unit_test(test_gil),
		cmocka_unit_test(test_serial_or_imbalance),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_semaphore),
		cmocka_unit_test(test_spawn),
		cmocka_unit_test(test_causes_of_idle),
		cmocka_unit_test(test_losses_come_first),
		cmocka_unit_test(test_at_most_seven),
		cmocka_unit_test(test_predictions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
