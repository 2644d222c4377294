// SPDX-License-Identifier: GPL-2.0-only
#include "compare/spread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WALL_PER_MILLE 5
#define COUNT_LEAST    10
#define SINGLE_PERCENT 2
#define OWN_PERCENT    20

static int by_value(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

int spread__of(struct spread *s, const int64_t *values, size_t n)
{
	int64_t *sorted = malloc((n ? n : 1) * sizeof(*sorted));

	if (!sorted)
		return -ENOMEM;
	memset(s, 0, sizeof(*s));
	if (n) {
		memcpy(sorted, values, n * sizeof(*sorted));
		qsort(sorted, n, sizeof(*sorted), by_value);
		*s = (struct spread){sorted[(n - 1) / 2], sorted[0], sorted[n - 1], n};
	}
	free(sorted);
	return 0;
}

bool spread__noise(const struct spread *a, const struct spread *b)
{
	if (a->runs < 2 || b->runs < 2)
		return false;
	return a->min <= b->max && b->min <= a->max;
}

static double magnitude(int64_t value)
{
	return value < 0 ? -(double)value : (double)value;
}

static bool within_percent(const struct spread *a, const struct spread *b, int percent)
{
	double left = magnitude(a->median), right = magnitude(b->median);
	double delta = magnitude(b->median - a->median);

	return delta * 100.0 < (left > right ? left : right) * percent;
}

bool spread__small(const struct spread *a, const struct spread *b, enum measure_scale scale,
		   int64_t wall_ns)
{
	bool once = a->runs < 2 || b->runs < 2;
	double delta = magnitude(b->median - a->median);

	if (delta == 0.0)
		return true;
	switch (scale) {
	case SCALE_WALL:
		if (delta * 1000.0 < (double)wall_ns * WALL_PER_MILLE)
			return true;
		break;
	case SCALE_COUNT:
		if (delta < COUNT_LEAST)
			return true;
		break;
	case SCALE_OWN:
		return within_percent(a, b, once ? OWN_PERCENT : SINGLE_PERCENT);
	case SCALE_ANY:
		return false;
	}
	return once && within_percent(a, b, SINGLE_PERCENT);
}
