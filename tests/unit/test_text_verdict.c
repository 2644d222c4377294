// SPDX-License-Identifier: GPL-2.0-only
/* VERDICT for the terminal: what kind of number a cost is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "export/text_out.h"
#include "export/text_sections.h"
#include "report/report.h"
#include "verdict/verdict.h"

#include "verdict_make.inc"

#define MISS "a replay misses this run by 8 %"

/* A lock for which CPUs were idle, and a sleep on the critical path. */
static struct made scene(void)
{
	struct made m = make(400);

	table__set_int(m.path, add_by(m.path, "blocked", "sleep", 300), "tid", 101);
	add_lock(&m, 5, "mutex", "hot");
	table__set_int(m.idle, add_by(m.idle, NULL, "mutex", 800), "sync", 5);
	assert_int_equal(table__rows(judge(&m)), 2);
	return m;
}

/* The section; the caller frees it. */
static char *text_of(const struct report *report)
{
	struct text_out o;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	text_out__init(&o, out);
	text__verdict(&o, report);
	text_out__clear(&o);
	fclose(out);
	return text;
}

static void test_a_sum_says_so(void **state)
{
	struct made m = scene();
	struct report_table *t = report__find(m.report, "findings");
	char *text;

	(void)state;
	text = text_of(m.report);
	assert_null(strstr(text, "Cost: "));
	free(text);
	table__set_text(t, 0, "unpredicted", MISS);
	table__set_text(t, 1, "unpredicted", "the run is too long to be replayed");
	text = text_of(m.report);
	assert_non_null(strstr(text, "\n     Cost: CPU time left idle for it. Not predicted: a "));
	assert_non_null(strstr(text, " 8 %.\n")); /* the line breaks in between */
	assert_non_null(
		strstr(text, "\n     Cost: its time on the critical path. Not predicted: the"));
	free(text);
	report__free(m.report);
}

static void test_a_prediction_says_so(void **state)
{
	struct made m = scene();
	struct report_table *t = report__find(m.report, "findings");
	char *text;

	(void)state;
	table__set_int(t, 0, "without.wall_ns", 550 * MS);
	table__set_int(t, 0, "without.low_ns", 540 * MS);
	table__set_int(t, 0, "without.high_ns", 560 * MS);
	assert_int_equal(verdict__weigh(m.report), 0);
	text = text_of(m.report);
	assert_non_null(strstr(text, "Without it: 540 ms to 560 ms, predicted."));
	assert_null(strstr(text, "Cost: "));
	free(text);
	report__free(m.report);
}

static void test_alike(void **state)
{
	struct made m = make(0);
	char *text;
	int64_t i;

	(void)state;
	for (i = 0; i < 5; i++) {
		add_lock(&m, i, "mutex", "hot");
		table__set_int(m.idle, add_by(m.idle, NULL, "mutex", 150 + i), "sync", i);
	}
	assert_int_equal(table__rows(judge(&m)), 3);
	text = text_of(m.report);
	assert_non_null(
		strstr(text, "\n     5 of this kind were found; the worst are told.\n     Try: "));
	assert_non_null(strstr(text, "\n     Try: as for 1.\n  3  "));
	free(text);
	report__free(m.report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_sum_says_so),
		cmocka_unit_test(test_a_prediction_says_so),
		cmocka_unit_test(test_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
