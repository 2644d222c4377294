/* SPDX-License-Identifier: GPL-2.0-only */
/* The runs of one side as one value with a spread, and when two of these differ. */
#ifndef COMPARE_SPREAD_H
#define COMPARE_SPREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compare/measures.h"

struct spread {
	int64_t median; /* the value in the middle; of an even number, the lower one of the two */
	int64_t min, max;
	size_t runs;
};

/* Returns 0 or -ENOMEM. */
int spread__of(struct spread *s, const int64_t *values, size_t n);

/*
 * Whether a difference may be chance: both sides were run more than once, and their ranges (min to
 * max, ends included) overlap.
 */
bool spread__noise(const struct spread *a, const struct spread *b);

/*
 * Whether a difference is too small to be told. Times: under 0.5 % of the base's wall time; counts:
 * under 10. If one of the sides was run only once, nothing is known about chance: then also
 * what differs by less than 2 %. What is seen against itself alone: 2 %, of single runs 20 %.
 */
bool spread__small(const struct spread *a, const struct spread *b, enum measure_scale scale,
		   int64_t wall_ns);

#endif
