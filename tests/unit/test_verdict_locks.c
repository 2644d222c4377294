// SPDX-License-Identifier: GPL-2.0-only
/* The verdict on locks, in reports made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/report.h"
#include "verdict/verdict.h"

#include "verdict_make.inc"

static void add_holder(struct made *m, size_t lock, int64_t running_ms, int64_t runnable_ms)
{
	size_t row = table__add_row(m->holders, lock);

	table__set_int(m->holders, row, "tid", 101);
	table__set_text(m->holders, row, "comm", "worker-1");
	table__set_int(m->holders, row, "ns", (running_ms + runnable_ms) * MS);
	table__set_int(m->holders, row, "while.running", running_ms * MS);
	table__set_int(m->holders, row, "while.runnable", runnable_ms * MS);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contention),
		cmocka_unit_test(test_convoy_and_preempted_holder),
		cmocka_unit_test(test_gil),
		cmocka_unit_test(test_semaphore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
