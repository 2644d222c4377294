// SPDX-License-Identifier: GPL-2.0-only
/* Loops that serve events: which long turn is a finding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/report.h"
#include "verdict/verdict.h"

#include "verdict_make.inc"

static const struct report_column loop_columns[] = {INT("tid"), TXT("comm"), INT("p50_ns"),
						    INT("long_ns"), INT("long_turns")};
static const struct report_column turn_columns[] = {INT("ns"), INT("runnable_ns"),
						    INT("running_ns"), INT("blocked_by.condvar"),
						    INT("blocked_by.sleep")};

/* A turn of 600 ms in a second: what it did most of the time, and the CPU time used, of 2,000 ms.
 */
static void test_long_turns(void **state)
{
	static const struct {
		const char *did;
		int64_t workload_ms;
		bool told;
	} rows[] = {
		{"running_ns", 1000, true},
		{"running_ns", 1960, true},
		{"blocked_by.condvar", 1000, true},
		{"blocked_by.sleep", 1960, true},
		/* It waits for threads that have all CPUs. */
		{"blocked_by.condvar", 1960, false},
	};
	size_t i, row;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct made m = make(rows[i].workload_ms);
		struct report_table *loops, *turns;
		const struct report_table *found;
		bool said = false;

		add_task(&m, 101, "server", 500, 1000);
		loops = report__add(m.report, "", "loops", loop_columns, COUNT(loop_columns));
		turns = report__add(m.report, "loops", "longest", turn_columns,
				    COUNT(turn_columns));
		row = table__add_row(loops, 0);
		table__set_int(loops, row, "tid", 101);
		table__set_text(loops, row, "comm", "server");
		table__set_int(loops, row, "p50_ns", 16000);
		table__set_int(loops, row, "long_ns", 600 * MS);
		table__set_int(loops, row, "long_turns", 1);
		row = table__add_row(turns, row);
		table__set_int(turns, row, "ns", 600 * MS);
		table__set_int(turns, row, rows[i].did, 590 * MS);
		found = judge(&m);
		for (row = 0; row < table__rows(found); row++) {
			if (strcmp(table__text(found, row, "code"), "blocked-event-loop") != 0)
				continue;
			said = true;
			/* Perhaps it never has to wait for what it polls. */
			assert_int_equal(strstr(table__text(found, row, "detail"),
						"Or many turns: ") != NULL,
					 !strcmp(rows[i].did, "running_ns"));
		}
		assert_int_equal(said, rows[i].told);
		report__free(m.report);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_long_turns)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
