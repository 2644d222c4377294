/* SPDX-License-Identifier: GPL-2.0-only */
/* What became of one lock over time, coarsely: who held it while others waited, how many waited. */
#ifndef EXPORT_TEXT_HOLD_H
#define EXPORT_TEXT_HOLD_H

#include <stddef.h>
#include <stdint.h>

#include "export/text_lane.h"

struct crowd;
struct model_task;

/* Holders that a lane can tell apart. */
#define HOLD_SLOTS (LANE_STATES - 2)

/* States of the lane of holders: a slot, or one of these. */
enum { HOLD_OTHER = HOLD_SLOTS, HOLD_UNKNOWN };

struct lock_lane {
	struct lane *holders;  /* NULL: never seen held */
	struct crowd *waiting; /* NULL: never waited for */
	const struct model_task *slots[HOLD_SLOTS];
	size_t nslots;
	uint64_t end_ns; /* of the last hold */
};

/* Times in ns from where the picture begins. Return 0 or -ENOMEM. */
int lock_lane__wait(struct lock_lane *lock, uint64_t start_ns, uint64_t end_ns,
		    unsigned int buckets);
/* holder NULL: not known, or several readers. */
int lock_lane__hold(struct lock_lane *lock, const struct model_task *holder, uint64_t start_ns,
		    uint64_t end_ns, unsigned int buckets);
void lock_lane__clear(struct lock_lane *lock);

#endif
