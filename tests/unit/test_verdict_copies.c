// SPDX-License-Identifier: GPL-2.0-only
/* CPU time that goes into copies through pipes: what must be there before it is a finding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/report.h"
#include "verdict/verdict.h"

#include "verdict_make.inc"

static const struct report_column target_columns[] = {TXT("kind"), TXT("name"), INT("waits")};
static const struct report_column waker_columns[] = {INT("tid")};
static const struct report_column site_columns[] = {TXT("function"), TXT("module"), INT("samples"),
						    INT("copying")};

#define SELF  101
#define OTHER 999 /* a thread of another program */

struct scene {
	const char *kind, *name;
	int64_t waker;
	int64_t copying, samples;
	int64_t workload_ms; /* of 2,000 */
	int64_t waits;	     /* all, for messages */
	const char *expected;
};

static void fill(struct made *m, const struct scene *scene)
{
	struct report_table *t, *wakers, *sites;
	size_t row;

	add_task(m, SELF, "sender", 500, 1000);
	t = report__add(m->report, "", "io.targets", target_columns, COUNT(target_columns));
	wakers = report__add(m->report, "io.targets", "woken_by", waker_columns, 1);
	row = table__add_row(t, 0);
	table__set_text(t, row, "kind", scene->kind);
	if (scene->name)
		table__set_text(t, row, "name", scene->name);
	table__set_int(t, row, "waits", 77);
	if (scene->waker)
		table__set_int(wakers, table__add_row(wakers, row), "tid", scene->waker);
	sites = report__add(m->report, "", "samples.sites", site_columns, COUNT(site_columns));
	row = table__add_row(sites, 0);
	table__set_text(sites, row, "function", "compute");
	table__set_int(sites, row, "samples", scene->samples - scene->copying);
	row = table__add_row(sites, 0);
	table__set_text(sites, row, "function", "send_all");
	table__set_text(sites, row, "module", "app");
	table__set_int(sites, row, "copying", scene->copying);
	table__set_int(m->root, 0, "samples.count", scene->samples);
	table__set_int(m->root, 0, "samples.copying", scene->copying);
	table__set_int(m->root, 0, "switches.by_cause.pipe", scene->waits);
}

static void test_when_it_is_said(void **state)
{
	static const struct scene scenes[] = {
		{"pipe", NULL, SELF, 30, 100, 1000, 77, "ipc-bound"},
		{"socket", "unix @bus", SELF, 30, 100, 1000, 77, "ipc-bound"},
		/* Of another kind, to another program, to nobody who is known. */
		{"socket", "tcp 127.0.0.1:5", SELF, 30, 100, 1000, 77, ""},
		{"socket", NULL, SELF, 30, 100, 1000, 77, ""},
		{"file", "/tmp/x", SELF, 30, 100, 1000, 77, ""},
		{"pipe", NULL, OTHER, 30, 100, 1000, 77, ""},
		{"pipe", NULL, 0, 30, 100, 1000, 77, ""},
		/* Too few to say, too little of the CPU time, too little of the CPUs. */
		{"pipe", NULL, SELF, 9, 30, 1000, 77, ""},
		{"pipe", NULL, SELF, 19, 200, 1400, 77, ""},
		{"pipe", NULL, SELF, 30, 100, 300, 77, ""},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(scenes); i++) {
		struct made m = make(scenes[i].workload_ms);

		fill(&m, &scenes[i]);
		check_codes(&m, scenes[i].expected);
		report__free(m.report);
	}
}

static void test_what_is_said(void **state)
{
	static const struct scene scene = {"pipe", "pipe:[5]", SELF, 30, 100, 1000, 77, NULL};
	struct made m = make(scene.workload_ms);
	const struct report_table *t;

	(void)state;
	fill(&m, &scene);
	t = judge(&m);
	assert_int_equal(table__rows(t), 1);
	assert_string_equal(table__text(t, 0, "summary"),
			    "Copying through pipes takes much of the CPU time");
	assert_string_equal(table__text(t, 0, "subject"), "send_all() in app");
	assert_non_null(strstr(table__text(t, 0, "detail"), "30 % of the program's CPU time"));
	assert_non_null(strstr(table__text(t, 0, "detail"), "at pipe:[5]: 77 times."));
	assert_int_equal((int)(table__real(t, 0, "share") * 1000 + 0.5), 150);
	assert_int_equal(table__int(t, 0, "cost_ns"), 150 * MS);
	assert_string_equal(table__text(t, 0, "cost_from"), "cpu");
	assert_int_equal(table__int(t, 0, "evidence.samples"), 30);
	report__free(m.report);
}

/* So many messages that they are told as such: once is enough. */
static void test_told_once(void **state)
{
	static const struct scene scene = {"pipe", NULL, SELF, 30, 100, 1000, 50000, NULL};
	struct made m = make(scene.workload_ms);
	const struct report_table *t;

	(void)state;
	fill(&m, &scene);
	add_by(m.idle, NULL, "pipe", 400);
	t = judge(&m);
	assert_int_equal(table__rows(t), 1);
	assert_string_equal(table__text(t, 0, "summary"),
			    "Passing messages costs more than handling them");
	report__free(m.report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_when_it_is_said),
		cmocka_unit_test(test_what_is_said),
		cmocka_unit_test(test_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
