/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Percentiles of some values, of very many sets: exact while a set is small, a histogram after
 * that. So 100,000 threads with a few values each stay cheap. All-zero is a valid empty set.
 */
#ifndef ANALYSIS_SAMPLES_H
#define ANALYSIS_SAMPLES_H

#include <stdint.h>

#include "lib/hist.h"

#define SAMPLES_EXACT 256 /* values kept as they are: about as much memory as a histogram */

struct samples {
	uint64_t *values; /* NULL once hist is in use */
	uint32_t count;	  /* in values */
	struct hist *hist;
};

/* Returns 0 or -ENOMEM. */
int samples__add(struct samples *s, uint64_t value);
uint64_t samples__count(const struct samples *s);
/* The value that `percent` (0..100) of all do not exceed; 0 when empty. Sorts s. */
uint64_t samples__percentile(struct samples *s, double percent);
uint64_t samples__max(const struct samples *s);
void samples__clear(struct samples *s);

#endif
