// SPDX-License-Identifier: GPL-2.0-only
/* What is the same in two runs, and what differs enough to be told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compare/match.h"
#include "compare/spread.h"

#define N(rows) (sizeof(rows) / sizeof(*(rows)))

static void test_subjects(void **state)
{
	static const struct {
		const char *text, *key;
	} rows[] = {
		{"registry_lock", "registry_lock"},
		{"cache+0x40", "cache+0x40"},
		{"app+0x40201020", "app+0x40201020"},
		{"heap 0x5581d5c0e060 used in f() a.c:58", "heap 0x... used in f() a.c"},
		{"memory 0x7f0012345678", "memory 0x..."},
		{"stack of worker-12", "stack of worker-*"},
		{"thread-local of main", "thread-local of main"},
		{"thread pool7", "thread pool*"},
		{"pipe:[123456]", "pipe:[...]"},
		{"tcp 127.0.0.1:43210 127.0.0.1:80", "tcp 127.0.0.1:... 127.0.0.1:80"},
		{"/tmp/a:b[c]", "/tmp/a:b[c]"},
		{"[", "["},
		{"0x", "0x"},
		{"", ""},
	};
	struct strbuf key = {0};
	size_t i;

	(void)state;
	for (i = 0; i < N(rows); i++) {
		strbuf__reset(&key);
		match__subject(&key, rows[i].text);
		assert_string_equal(strbuf__text(&key), rows[i].key);
	}
	strbuf__free(&key);
}

static void test_threads(void **state)
{
	static const char *const rows[][2] = {
		{"worker-1", "worker-*"},
		{"worker-12", "worker-*"},
		{"Thread-12 (work)", "Thread-* (work)"},
		{"Thread-1 (a) 2 (b)", "Thread-* (a) 2 (b)"},
		{"work (1)", "work (1)"},
		{"1 (work)", "1 (work)"},
		{"main", "main"},
		{"12345", "12345"},
		{"", ""},
		{"tokio-w", "tokio-w"},
	};
	struct strbuf key = {0};
	size_t i;

	(void)state;
	for (i = 0; i < N(rows); i++) {
		strbuf__reset(&key);
		match__threads(&key, rows[i][0]);
		assert_string_equal(strbuf__text(&key), rows[i][1]);
	}
	strbuf__free(&key);
}

static void test_spread(void **state)
{
	static const int64_t odd[] = {5, 1, 9}, even[] = {4, 8, 2, 6}, below[] = {-3, 0};
	struct spread a, b, one;

	(void)state;
	assert_int_equal(spread__of(&a, odd, 3), 0);
	assert_int_equal(a.median, 5);
	assert_int_equal(a.min, 1);
	assert_int_equal(a.max, 9);
	assert_int_equal(spread__of(&b, even, 4), 0);
	assert_int_equal(b.median, 4);
	assert_true(spread__noise(&a, &b));
	assert_int_equal(spread__of(&b, below, 2), 0);
	assert_int_equal(b.median, -3);
	assert_false(spread__noise(&a, &b));
	assert_false(spread__noise(&b, &a));
	b.max = 1; /* the ends count */
	assert_true(spread__noise(&a, &b));
	assert_true(spread__noise(&b, &a));
	assert_int_equal(spread__of(&one, odd, 1), 0);
	assert_false(spread__noise(&one, &a)); /* nothing is known of chance */
}

static void test_small(void **state)
{
	static const struct {
		enum measure_scale scale;
		int64_t a, b;
		size_t runs;
		bool small;
	} rows[] = {
		{SCALE_WALL, 500, 500, 3, true},     {SCALE_WALL, 500, 504, 3, true},
		{SCALE_WALL, 500, 505, 3, false},    {SCALE_WALL, 500, 505, 1, true},
		{SCALE_WALL, 500, 511, 1, false},    {SCALE_WALL, 0, 5, 1, false},
		{SCALE_COUNT, 0, 9, 1, true},	     {SCALE_COUNT, 0, -10, 1, false},
		{SCALE_COUNT, 1000, 1010, 3, false}, {SCALE_COUNT, 1000, 1010, 1, true},
		{SCALE_OWN, 100, 119, 1, true},	     {SCALE_OWN, 100, 130, 1, false},
		{SCALE_OWN, 100, 103, 3, false},     {SCALE_ANY, 1, 2, 1, false},
		{SCALE_ANY, 2, 2, 1, true},
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(rows); i++) {
		struct spread a = {rows[i].a, rows[i].a, rows[i].a, rows[i].runs};
		struct spread b = {rows[i].b, rows[i].b, rows[i].b, rows[i].runs};

		if (spread__small(&a, &b, rows[i].scale, 1000) != rows[i].small)
			fail_msg("row %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_subjects),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
