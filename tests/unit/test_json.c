// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "export/json.h"
#include "export/rows.h"
#include "report/report.h"

/* What the exporter writes of a report; the caller frees it. */
static char *json_of(const struct report *r)
{
	struct export_input in = {0};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	void *state = NULL;

	assert_int_equal(exporter_json.begin(&in, out, &state), 0);
	assert_int_equal(exporter_json.finish(state, r), 0);
	exporter_json.end(state);
	fclose(out);
	return text;
}

static void check(struct report *r, const char *expected)
{
	char *text = json_of(r);

	assert_false(report__failed(r));
	assert_string_equal(text, expected);
	free(text);
	report__free(r);
}

static void test_empty(void **state)
{
	(void)state;
	check(report__new(), "{\n  \n}\n");
}

/* Columns of one object need not be neighbours; objects with nothing in them are left out. */
static void test_nested(void **state)
{
	static const struct report_column columns[] = {
		{"a.x", "", R_INT, U_NONE, 0},		 {"b", "", R_BOOL, U_NONE, 0},
		{"a.y.z", "", R_INT, U_NONE, 0},	 {"c.d", "", R_INT, U_NONE, 0},
		{"e.f", "", R_INT, U_NONE, R_SKIP_ZERO}, {"a.w", "", R_INT, U_NONE, 0},
	};
	struct report *r = report__new();
	struct report_table *t = report__add(r, "", "", columns, 6);

	(void)state;
	table__set_int(t, 0, "a.x", INT64_MAX);
	table__set_bool(t, 0, "b", false);
	table__set_int(t, 0, "a.y.z", INT64_MIN);
	table__set_int(t, 0, "e.f", 0);
	table__set_int(t, 0, "a.w", 0);
	check(r, "{\n  \"a\": {\"x\": 9223372036854775807, \"y\": {\"z\": -9223372036854775808}, "
		 "\"w\": 0},\n  \"b\": false\n}\n");
}

static void test_children(void **state)
{
	static const struct report_column id[] = {{"id", "", R_INT, U_NONE, 0}};
	static const struct report_column plain[] = {{"", "", R_TEXT, U_NONE, 0}};
	static const struct report_column ns[] = {{"", "", R_INT, U_NS, R_SKIP_ZERO}};
	struct report *r = report__new();
	struct report_table *t = report__add(r, "", "tasks", id, 1);
	struct report_table *names = report__add(r, "tasks", "names", plain, 1);
	struct report_table *sites = report__add(r, "tasks", "deep.sites", id, 1);
	struct report_table *numbers = report__add(r, "", "p.running", ns, 1);
	int i;

	(void)state;
	report__add(r, "", "nothing", id, 1);
	for (i = 0; i < 3; i++)
		table__set_int(t, table__add_row(t, 0), "id", i);
	/* Rows of children come in any order; within a parent they keep theirs. */
	table__set_text(names, table__add_row(names, 2), "", "c");
	table__set_text(names, table__add_row(names, 0), "", "a");
	table__set_text(names, table__add_row(names, 2), "", "d");
	table__set_int(sites, table__add_row(sites, 1), "id", 10);
	table__add_row(sites, 99); /* an orphan */
	table__set_int(numbers, table__add_row(numbers, 0), "", 0);
	table__set_int(numbers, table__add_row(numbers, 0), "", 5);
	check(r, "{\n  \"tasks\": [\n"
		 "    {\"id\": 0, \"names\": [\"a\"]},\n"
		 "    {\"id\": 1, \"deep\": {\"sites\": [{\"id\": 10}]}},\n"
		 "    {\"id\": 2, \"names\": [\"c\", \"d\"]}\n  ],\n"
		 "  \"p\": {\"running\": [0, 5]},\n"
		 "  \"nothing\": []\n}\n");
}

/* Parts of a report: whole members, and single ones of objects; what is not there is no matter. */
static void test_parts(void **state)
{
	static const struct report_column columns[] = {
		{"a.x", "", R_INT, U_NONE, 0}, {"a.y.z", "", R_INT, U_NONE, 0},
		{"ab", "", R_INT, U_NONE, 0},  {"b", "", R_INT, U_NONE, 0},
		{"y", "", R_INT, U_NONE, 0},
	};
	static const struct report_column id[] = {{"id", "", R_INT, U_NONE, 0}};
	static const struct {
		const char *parts[4], *json;
	} cases[] = {
		{{NULL}, "{\n  \n}\n"},
		{{"none", "none.x"}, "{\n  \n}\n"},
		{{"a"}, "{\n  \"a\": {\"x\": 0, \"y\": {\"z\": 1}}\n}\n"},
		{{"a.y", "b"}, "{\n  \"a\": {\"y\": {\"z\": 1}},\n  \"b\": 3\n}\n"},
		{{"a.x", "a"}, "{\n  \"a\": {\"x\": 0, \"y\": {\"z\": 1}}\n}\n"},
		{{"a.yy", "ab.x"}, "{\n  \"ab\": 2\n}\n"},
		{{"t"}, "{\n  \"t\": [\n    {\"id\": 7}\n  ]\n}\n"},
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct report *r = report__new();
		struct report_table *t = report__add(r, "", "", columns, 5), *rows;
		char *text;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		for (k = 0; k < 5; k++)
			table__set_int(t, 0, columns[k].key, (int64_t)k);
		rows = report__add(r, "", "t", id, 1);
		table__set_int(rows, table__add_row(rows, 0), "id", 7);
		assert_int_equal(json__write_parts(out, r, cases[i].parts), 0);
		fclose(out);
		assert_string_equal(text, cases[i].json);
		free(text);
		report__free(r);
	}
}

static void test_text_is_escaped(void **state)
{
	static const struct {
		const char *text, *json;
	} cases[] = {
		{"plain", "\"plain\""},
		{"q\"b\\", "\"q\\\"b\\\\\""},
		{"\033[31m\n", "\"\\u001b[31m\\n\""},
		{"\xff\xc3\xa9", "\"\\ufffd\xc3\xa9\""},
		{"</script>", "\"</script>\""},
		{"/a\n\r\x7f/\033]0;b\007",
		 "\"/a\\n\\u000d\\u007f/\\u001b]0;b\\u0007\""}, /* a path */
	};
	static const struct report_column column[] = {{"t", "", R_TEXT, U_NONE, 0}};
	char expected[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct report *r = report__new();

		table__set_text(report__add(r, "", "", column, 1), 0, "t", cases[i].text);
		snprintf(expected, sizeof(expected), "{\n  \"t\": %s\n}\n", cases[i].json);
		check(r, expected);
	}
}

static void test_reals_round_trip(void **state)
{
	static const double values[] = {0.1, 1.0 / 3, 1e300, 5e-324, 123456789.125, 2, -0.5};
	static const struct report_column column[] = {{"v", "", R_REAL, U_NONE, 0}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(values) / sizeof(*values); i++) {
		struct report *r = report__new();
		char *text;

		table__set_real(report__add(r, "", "", column, 1), 0, "v", values[i]);
		text = json_of(r);
		assert_true(strtod(strchr(text, ':') + 1, NULL) == values[i]);
		free(text);
		report__free(r);
	}
}

static void test_no_number_is_null(void **state)
{
	static const struct report_column column[] = {{"v", "", R_REAL, U_NONE, 0}};
	struct report *r = report__new();

	(void)state;
	table__set_real(report__add(r, "", "", column, 1), 0, "v", NAN);
	check(r, "{\n  \"v\": null\n}\n");
}

static void test_full_disk(void **state)
{
	struct export_input in = {0};
	struct report *r = report__new();
	FILE *out = fopen("/dev/full", "w");
	void *json = NULL;

	(void)state;
	assert_non_null(out);
	assert_int_equal(exporter_json.begin(&in, out, &json), 0);
	assert_int_equal(exporter_json.finish(json, r), -EIO);
	exporter_json.end(json);
	exporter_json.end(NULL);
	fclose(out);
	report__free(r);
}

/* Finding each parent's rows must not mean to look at all rows: this would take minutes. */
static void test_many_children(void **state)
{
	static const struct report_column id[] = {{"id", "", R_INT, U_NONE, 0}};
	static const struct report_column plain[] = {{"", "", R_TEXT, U_NONE, 0}};
	struct report *r = report__new();
	struct report_table *t = report__add(r, "", "tasks", id, 1);
	struct report_table *names = report__add(r, "tasks", "names", plain, 1);
	size_t i, n = 100000;
	char *text;

	(void)state;
	for (i = 0; i < n; i++) {
		table__set_int(t, table__add_row(t, 0), "id", (int64_t)i);
		table__set_text(names, table__add_row(names, n - 1 - i), "", "x");
	}
	text = json_of(r);
	assert_non_null(strstr(text, "{\"id\": 99999, \"names\": [\"x\"]}\n"));
	free(text);
	report__free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_children),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_text_is_escaped),
		cmocka_unit_test(test_reals_round_trip),
		cmocka_unit_test(test_no_number_is_null),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_many_children),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
