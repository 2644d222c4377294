/* SPDX-License-Identifier: GPL-2.0-only */
/* Something that happens once, and that threads wait for, perhaps not for ever. */
#ifndef WORKLOADS_LIB_UNTIL_H
#define WORKLOADS_LIB_UNTIL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct until {
	pthread_mutex_t lock;
	pthread_cond_t happened;
	bool set; /* under lock */
};

void until__init(struct until *u);
void until__destroy(struct until *u);
void until__set(struct until *u);
bool until__is_set(struct until *u);
/*
 * Waits until it is set or the time is deadline_ns (CLOCK_MONOTONIC; UINT64_MAX = no limit).
 * Returns whether it is set.
 */
bool until__wait(struct until *u, uint64_t deadline_ns);

#endif
