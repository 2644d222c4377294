// SPDX-License-Identifier: GPL-2.0-only
/* Threads that are woken together, most of them in vain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "analysis/rows.h"
#include "tests/unit/fake_model.inc"

#include "tests/unit/fake_symbol.inc"

#define WAITERS 4
#define US	1000

/*
 * `rounds` times all waiters are woken at `apart` ns from each other, after waits of 1 ms, and
 * compute for `ns`; one of them computes for a millisecond.
 */
static struct report *run(int rounds, uint64_t apart, uint64_t ns, enum wake_source by)
{
	struct fake *f = fake__new(1, 0);
	struct wait waits = {.cause = CAUSE_CONDVAR,
			     .object = fake__object(f, CAUSE_CONDVAR, 0x100)};
	struct model_task *tasks[WAITERS];
	struct report *r;
	int i, round;

	for (i = 0; i < WAITERS; i++)
		tasks[i] = fake__task(f, "waiter", 0);
	for (round = 0; round <= rounds; round++)
		for (i = 0; i < WAITERS; i++) {
			uint64_t off = 1000 * US + (uint64_t)i * apart;

			fake__do(f, tasks[i], TASK_BLOCKED, off, 0, &waits);
			f->tasks[f->ntasks - 1].woken_by = by;
			fake__do(f, tasks[i], TASK_RUNNING, i ? ns : 1000 * US, 0, NULL);
			/* All begin the next round at the same time. */
			fake__do(f, tasks[i], TASK_RUNNABLE,
				 10000 * US - off - (i ? ns : 1000 * US), 0, NULL);
		}
	r = fake__report(f);
	fake__free(f);
	return r;
}

static void test_herd(void **state)
{
	struct report *r = run(5, 10 * US, 20 * US, WAKE_TASK);
	const struct report_table *t = report__find(r, "herds");

	(void)state;
	assert_int_equal(table__rows(t), 1);
	assert_string_equal(table__text(t, 0, "cause"), "condvar");
	assert_int_equal(table__int(t, 0, "sync"), 0);
	assert_int_equal(table__int(t, 0, "bursts"), 6);
	assert_int_equal(table__int(t, 0, "wakings"), 6 * WAITERS);
	assert_int_equal(table__int(t, 0, "most"), WAITERS);
	/* The last round's do not come back to wait. */
	assert_int_equal(table__int(t, 0, "in_vain"), 5 * (WAITERS - 1));
	assert_int_equal(table__int(t, 0, "in_vain_ns"), 5 * (WAITERS - 1) * 20 * US);
	report__free(r);
}

static void test_no_herd(void **state)
{
	static const struct {
		uint64_t apart, ns;
		enum wake_source by;
	} cases[] = {
		{300 * US, 20 * US, WAKE_TASK},	  /* one after the other */
		{10 * US, 200 * US, WAKE_TASK},	  /* all have something to do */
		{10 * US, 20 * US, WAKE_TIMER},	  /* each on its own time */
		{10 * US, 20 * US, WAKE_UNKNOWN}, /* nobody knows */
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct report *r = run(5, cases[i].apart, cases[i].ns, cases[i].by);

		assert_int_equal(table__rows(report__find(r, "herds")), 0);
		report__free(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_herd),
		cmocka_unit_test(test_no_herd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
