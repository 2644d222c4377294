// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "report/report.h"

static const struct report_column columns[] = {
	{"id", "id", R_INT, U_NONE, 0},
	{"share", "share", R_REAL, U_SHARE, 0},
	{"name", "name", R_TEXT, U_NONE, 0},
	{"good", "good", R_BOOL, U_NONE, 0},
};

static const struct report_column more[] = {{"late", "late", R_INT, U_NS, 0}};

static void test_cells(void **state)
{
	struct report *r = report__new();
	struct report_table *t = report__add(r, "", "t", columns, 4);
	size_t row = table__add_row(t, 0);

	(void)state;
	assert_int_equal(row, 0);
	assert_int_equal(table__add_row(t, 0), 1);
	assert_false(table__has(t, 0, "id"));
	assert_int_equal(table__int(t, 0, "id"), 0);
	assert_null(table__text(t, 0, "name"));
	table__set_int(t, 0, "id", INT64_MIN);
	table__set_real(t, 0, "share", 0.5);
	table__set_text(t, 0, "name", "first");
	table__set_text(t, 0, "name", table__text(t, 0, "name") + 1);
	table__set_bool(t, 0, "good", true);
	assert_true(table__int(t, 0, "id") == INT64_MIN);
	assert_true(table__real(t, 0, "share") == 0.5);
	assert_string_equal(table__text(t, 0, "name"), "irst");
	assert_true(table__bool(t, 0, "good"));
	assert_false(table__has(t, 1, "id"));
	/* Other types, keys and rows read as absent. */
	assert_int_equal(table__int(t, 0, "share"), 0);
	assert_false(table__has(t, 0, "none"));
	assert_int_equal(table__int(t, 9, "id"), 0);
	assert_false(report__failed(r));
	report__free(r);
}

static void test_sparse_rows(void **state)
{
	struct report *r = report__new();
	struct report_table *t = report__add(r, "", "t", columns, 4);
	size_t i;

	(void)state;
	for (i = 0; i < 1000; i++)
		table__add_row(t, 0);
	table__set_int(t, 999, "id", 7);
	table__set_int(t, 3, "id", 8);
	for (i = 0; i < 1000; i++)
		assert_int_equal(table__has(t, i, "id"), i == 3 || i == 999);
	report__free(r);
}

static int compare_ids(const struct report_table *t, size_t a, size_t b)
{
	int64_t x = table__int(t, a, "id") / 10, y = table__int(t, b, "id") / 10;

	return x < y ? -1 : x > y;
}

/* Equal ones stay as they were; absent cells move with their rows; what is cut away is gone. */
static void test_order(void **state)
{
	static const int64_t ids[] = {42, 11, 41, 7, 12}, sorted[] = {7, 11, 12, 42, 41};
	struct report *r = report__new();
	struct report_table *t = report__add(r, "", "things", columns, 4);
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++)
		table__set_int(t, table__add_row(t, 0), "id", ids[i]);
	table__set_text(t, 1, "name", "eleven");
	assert_int_equal(table__sort(t, compare_ids), 0);
	for (i = 0; i < 5; i++) {
		assert_int_equal(table__int(t, i, "id"), sorted[i]);
		assert_int_equal(table__has(t, i, "name"), i == 1);
	}
	assert_string_equal(table__text(t, 1, "name"), "eleven");
	table__cut(t, 1);
	assert_int_equal(table__rows(t), 1);
	assert_int_equal(table__add_row(t, 0), 1);
	assert_false(table__has(t, 1, "id"));
	assert_false(table__has(t, 1, "name"));
	assert_int_equal(table__sort(NULL, compare_ids), 0);
	table__cut(NULL, 0);
	report__free(r);
}

static void test_root(void **state)
{
	struct report *r = report__new();
	struct report_table *root = report__find(r, "");
	const struct report_column *all;

	(void)state;
	assert_ptr_equal(report__table(r, 0), root);
	assert_int_equal(table__rows(root), 1);
	assert_ptr_equal(report__add(r, "", "", columns, 4), root);
	table__set_int(root, 0, "id", 1);
	/* A second analysis adds its own columns: the first one's cells stay. */
	assert_ptr_equal(report__add(r, "", "", more, 1), root);
	table__set_int(root, 0, "late", 2);
	assert_int_equal(table__columns(root, &all), 5);
	assert_string_equal(all[4].key, "late");
	assert_int_equal(table__int(root, 0, "id"), 1);
	assert_int_equal(table__column(root, "late"), 4);
	assert_int_equal(table__rows(root), 1);
	report__free(r);
}

static void test_names(void **state)
{
	struct report *r = report__new();
	struct report_table *a = report__add(r, "", "a", columns, 4);
	struct report_table *b = report__add(r, "a", "b", more, 1);

	(void)state;
	table__add_row(a, 0);
	table__add_row(a, 0);
	assert_int_equal(table__parent_row(b, table__add_row(b, 1)), 1);
	assert_ptr_equal(report__find(r, "a.b"), b);
	assert_string_equal(table__name(b), "b");
	assert_string_equal(table__parent(b), "a");
	assert_ptr_equal(report__table(r, 2), b);
	assert_null(report__table(r, 3));
	assert_false(report__failed(r));
	assert_null(report__add(r, "a", "b", more, 1)); /* taken */
	assert_true(report__failed(r));
	assert_null(report__add(r, "none", "c", more, 1));
	report__free(r);
}

/* After a failed report__add, filling in must be harmless. */
static void test_null_table(void **state)
{
	const struct report_column *all;

	(void)state;
	assert_true(table__add_row(NULL, 0) == SIZE_MAX);
	table__set_int(NULL, SIZE_MAX, "id", 1);
	table__set_text(NULL, SIZE_MAX, "id", "x");
	assert_int_equal(table__rows(NULL), 0);
	assert_int_equal(table__columns(NULL, &all), 0);
	assert_int_equal(table__int(NULL, 0, "id"), 0);
	report__free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells), cmocka_unit_test(test_sparse_rows),
		cmocka_unit_test(test_order), cmocka_unit_test(test_root),
		cmocka_unit_test(test_names), cmocka_unit_test(test_null_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
