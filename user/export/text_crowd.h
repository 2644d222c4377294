/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many threads did something over time: their time summed up in buckets that are joined in
 * pairs when they are used up, as a lane's are. Unlike a lane it takes times in any order.
 */
#ifndef EXPORT_TEXT_CROWD_H
#define EXPORT_TEXT_CROWD_H

#include <stdint.h>

struct crowd;

/* buckets: an even number. Returns NULL when out of memory. */
struct crowd *crowd__new(unsigned int buckets);
void crowd__free(struct crowd *crowd);

/* One thread's; times in ns from where the picture begins. */
void crowd__add(struct crowd *crowd, uint64_t start_ns, uint64_t end_ns);
/* All threads' time between the two, in ns; within a bucket taken to be spread evenly. */
double crowd__sum(const struct crowd *crowd, uint64_t start_ns, uint64_t end_ns);

#endif
