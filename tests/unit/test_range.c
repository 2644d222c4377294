// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/range.h"
#include "lib/error.h"

#define WALL 2000000000ull /* of the run */

static void test_times(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} cases[] = {
		{"0", 0},
		{"2", 2000000000},
		{"1.5s", 1500000000},
		{"1.5", 1500000000},
		{".5s", 500000000},
		{"3.s", 3000000000},
		{"200ms", 200000000},
		{"0.25ms", 250000},
		{"30us", 30000},
		{"7ns", 7},
		{"1.23456789012345s", 1234567890},
		{"0%", 0},
		{"40%", 800000000},
		{"12.5%", 250000000},
		{"0.0000001%", 2},
		{"100%", 2000000000},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct moment moment;
		struct error err = {0};

		if (moment__parse(&moment, "from", cases[i].text, &err))
			fail_msg("%s: %s", cases[i].text, err.text);
		assert_int_equal(moment__ns(&moment, WALL), cases[i].ns);
		assert_int_equal(moment.percent, strchr(cases[i].text, '%') != NULL);
	}
}

static void test_no_times(void **state)
{
	static const char *const cases[] = {
		"",
		".",
		"s",
		"%",
		"-1s",
		"+1s",
		" 1s",
		"1 s",
		"1h",
		"1.5.2s",
		"1e3",
		"0x10",
		"1sec",
		"1s2",
		"ten",
		"101%",
		"100.1%",
		"1..s",
		"nan",
		"inf",
		"99999999999999999999s",
		"9999999999999",
		"1%s",
		"10000000000s",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct moment moment = {.ns = 5};
		struct error err = {0};

		if (moment__parse(&moment, "to", cases[i], &err) != -EINVAL)
			fail_msg("'%s' was taken for a time", cases[i]);
		assert_int_equal(moment.ns, 5);
		assert_non_null(strstr(err.text, "--to wants a time"));
		assert_non_null(strstr(err.text, cases[i]));
	}
}

/* No product on the way is too large. */
static void test_long_run(void **state)
{
	struct moment moment;
	struct error err = {0};

	(void)state;
	assert_int_equal(moment__parse(&moment, "to", "100%", &err), 0);
	assert_int_equal(moment__ns(&moment, UINT64_MAX / 2), UINT64_MAX / 2);
	assert_int_equal(moment__parse(&moment, "to", "50%", &err), 0);
	assert_int_equal(moment__ns(&moment, UINT64_MAX / 2), UINT64_MAX / 4);
}

/* What can be known to be empty before the run's length is. */
static void test_empty(void **state)
{
	static const struct {
		const char *from, *to;
		bool empty;
	} cases[] = {
		{NULL, NULL, false},  {"1s", NULL, false}, {NULL, "1s", false},
		{"1s", "2s", false},  {"2s", "2s", true},  {"2s", "1s", true},
		{"5%", "4%", true},   {"4%", "5%", false}, {"90%", "1s", false},
		{"1s", "10%", false}, {"0", "0%", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct range range = {.from_text = cases[i].from, .to_text = cases[i].to};
		struct error err = {0};

		assert_int_equal(range__parse(&range, &err), cases[i].empty ? -EINVAL : 0);
		assert_true(!cases[i].empty || strstr(err.text, "an empty range: --to "));
	}
}

/* Something of the run must be left. */
static void test_check(void **state)
{
	static const struct {
		uint64_t from, wall;
		int rc;
	} cases[] = {
		{0, 0, 0},	 {0, WALL, 0},		{WALL - 1, WALL, 0},
		{1, 0, -EINVAL}, {WALL, WALL, -EINVAL}, {UINT64_MAX, WALL, -EINVAL},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct error err = {0};

		assert_int_equal(range__check(cases[i].from, cases[i].wall, &err), cases[i].rc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),	 cmocka_unit_test(test_no_times),
		cmocka_unit_test(test_long_run), cmocka_unit_test(test_empty),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
