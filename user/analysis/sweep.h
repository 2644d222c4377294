/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For how long were k CPUs busy at once? Exact, from slices that come per CPU in order but with
 * different CPUs' ends far apart: a CPU that idles for an hour tells so only after that hour.
 * Memory is bounded by the square of the CPUs, whatever the number of slices.
 */
#ifndef ANALYSIS_SWEEP_H
#define ANALYSIS_SWEEP_H

#include <stdint.h>

#include "model/slice.h"

struct sweep;

/* CPUs are 0 .. ncpus - 1. Returns NULL when out of memory. */
struct sweep *sweep__new(unsigned int ncpus);
void sweep__free(struct sweep *s);

/*
 * What one CPU did next. A gap since its last slice counts as unknown. Slices are expected in the
 * order of their ends; one that ends before another CPU's last end (it was cut by a loss) is
 * placed as if what is known of that time were spread evenly: sums stay exact.
 * Returns 0 or -ENOMEM.
 */
int sweep__add(struct sweep *s, const struct cpu_slice *slice);

/* Ends it: CPUs that fell silent before end_ns are unknown since; those that never spoke are off.
 */
int sweep__finish(struct sweep *s, uint64_t end_ns);
/* After the end: time in which exactly k CPUs were busy, and nothing was unknown. */
uint64_t sweep__busy_ns(const struct sweep *s, unsigned int k);
/* Time in which what at least one CPU did is unknown. */
uint64_t sweep__unknown_ns(const struct sweep *s);
/* CPUs that had slices. */
unsigned int sweep__cpus(const struct sweep *s);

#endif
