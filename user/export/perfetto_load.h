/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many at a time: counts of overlapping stretches as curves over time. Stretches come in any
 * order and may be long, so a curve's exact steps are known only in the end, and are as many as
 * the events; memory being bounded, a curve is the mean over each of at most LOAD_BUCKETS equal
 * steps of time. Its integral is exact.
 */
#ifndef EXPORT_PERFETTO_LOAD_H
#define EXPORT_PERFETTO_LOAD_H

#include <stdint.h>

#define LOAD_BUCKETS 1024

struct load;

/* Curves 0 .. curves - 1, of one step. Returns NULL when out of memory. */
struct load *load__new(unsigned int curves);
void load__free(struct load *l);

/* Something counted by the curve lasted from start to end (ns, start < end). */
void load__add(struct load *l, unsigned int curve, uint64_t start, uint64_t end);
/* Length of a step in ns. */
uint64_t load__step(const struct load *l);

/*
 * Calls fn with the mean count from each step's start on, where it changes, for the steps that
 * overlap [start, end). Returns what fn returned if that was not 0.
 */
int load__curve(const struct load *l, unsigned int curve, uint64_t start, uint64_t end,
		int (*fn)(void *ctx, uint64_t ns, double mean), void *ctx);

#endif
