// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "export/text_crowd.h"
#include "export/text_fair.h"

#define STATES	4
#define COLUMNS 1000

/* However little of each column a state has: in the end its columns are its time. */
static void test_columns_are_time(void **state)
{
	static const double shares[][STATES] = {
		{1, 0, 0, 0},
		{0.5, 0.5, 0, 0},
		{0.4, 0.3, 0.2, 0.1},
		{0.97, 0.01, 0.01, 0.01},
	};
	size_t i, s, column;

	(void)state;
	for (i = 0; i < sizeof(shares) / sizeof(*shares); i++) {
		double owed[STATES] = {0};
		size_t drawn[STATES] = {0};

		for (column = 0; column < COLUMNS; column++)
			drawn[fair__choose(shares[i], owed, STATES)]++;
		for (s = 0; s < STATES; s++)
			assert_true(fabs((double)drawn[s] - COLUMNS * shares[i][s]) <= 1);
	}
}

/* A state is never drawn where it was not, whatever it is owed; without a memory most counts. */
static void test_only_what_was_there(void **state)
{
	const double first[] = {0.6, 0.4, 0}, then[] = {1, 0, 0}, none[] = {0, 0, 0};
	double owed[3] = {0};

	(void)state;
	assert_int_equal(fair__choose(first, owed, 3), 0);
	assert_int_equal(fair__choose(then, owed, 3), 0);
	assert_int_equal(fair__choose(none, owed, 3), 3);
	assert_int_equal(fair__choose(first, owed, 3), 1);
	assert_int_equal(fair__choose(first, NULL, 3), 0);
	assert_int_equal(fair__choose(first, NULL, 3), 0);
}

/* All time is kept while buckets grow from a nanosecond to hours, and stays where it was. */
static void test_crowd(void **state)
{
	struct crowd *crowd = crowd__new(256);
	uint64_t t, sum = 0, end = UINT64_C(1) << 42;

	(void)state;
	assert_non_null(crowd);
	for (t = 1; t < end; t *= 3) {
		crowd__add(crowd, t, 2 * t);
		crowd__add(crowd, t / 2, t); /* another thread, and out of order */
		sum += 2 * t - t / 2;
	}
	assert_true(fabs(crowd__sum(crowd, 0, end * 4) - (double)sum) < 1);
	assert_true(fabs(crowd__sum(crowd, 0, end / 8) + crowd__sum(crowd, end / 8, end * 4) -
			 (double)sum) < 1);
	crowd__free(crowd);

	crowd = crowd__new(256);
	assert_non_null(crowd);
	crowd__add(crowd, 1000, 2000);
	crowd__add(crowd, 1000, 3000);
	assert_true(fabs(crowd__sum(crowd, 1200, 1300) - 200) < 1);
	assert_true(fabs(crowd__sum(crowd, 2400, 2500) - 100) < 1);
	assert_true(crowd__sum(crowd, 3200, 9000) < 1);
	crowd__free(crowd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns_are_time),
		cmocka_unit_test(test_only_what_was_there),
		cmocka_unit_test(test_crowd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
