/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one thread or CPU did over time, coarsely, in a fixed amount of memory however long it
 * lasts: when its buckets are used up, they are joined in pairs and become twice as wide.
 */
#ifndef EXPORT_TEXT_LANE_H
#define EXPORT_TEXT_LANE_H

#include <stdint.h>

#include "model/cause.h"

/* A blocked thread's state is its enum cause; the others follow. */
enum lane_state {
	LANE_RUNNING = CAUSE_COUNT,
	LANE_RUNNABLE,
	LANE_OTHER, /* a CPU: other programs */
	LANE_IDLE,
	LANE_UNKNOWN,
	LANE_STATES
};

struct lane;

#define LANE_BUCKETS 256 /* what 80 columns need */

/* buckets: an even number, 256 or more. Returns NULL when out of memory. */
struct lane *lane__new(unsigned int buckets);
void lane__free(struct lane *lane);

/* Times in ns from where the picture begins; each call begins where or after the last ended. */
void lane__add(struct lane *lane, unsigned int state, uint64_t start_ns, uint64_t end_ns);
/* After the last lane__add. Adds up time by state (LANE_STATES of them), roughly, in ns. */
void lane__sum(struct lane *lane, uint64_t start_ns, uint64_t end_ns, double *ns);

#endif
