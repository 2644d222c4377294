/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Percentiles of many 64-bit values in little memory: a log-linear histogram with 32 steps per
 * power of two, so a percentile is off by at most 1/32 (3.2 %) of itself, and never above the
 * maximum, which is exact. All-zero is a valid empty histogram; buckets come with the first value.
 */
#ifndef LIB_HIST_H
#define LIB_HIST_H

#include <stdint.h>

struct hist {
	uint32_t *bucket; /* owned; grows to the highest bucket seen */
	uint32_t nbuckets;
	uint64_t count, sum, max;
};

/* Returns 0 or -ENOMEM (the value is then in count, sum and max, but in no bucket). */
int hist__add(struct hist *h, uint64_t value);
/* The value that `percent` (0..100) of all values do not exceed; 0 when empty. */
uint64_t hist__percentile(const struct hist *h, double percent);
/* Adds all of `from` to `to`. Returns 0 or -ENOMEM. */
int hist__merge(struct hist *to, const struct hist *from);
void hist__clear(struct hist *h);

#endif
