/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads that could run and do not, gone through backwards: how many of them wait on an idle CPU,
 * by how long it has been since they were woken and by where they may run.
 */
#ifndef ANALYSIS_IDLE_READY_H
#define ANALYSIS_IDLE_READY_H

#include <stdbool.h>
#include <stdint.h>

#include "model/past.h"

struct model;
struct idle_ready;

#define IDLE_WAKEUP_NS 50000 /* for so long, waking a thread is what its CPU is idle for */

struct idle_ready_counts {
	uint32_t wakeup, balance; /* allowed on one of the idle CPUs */
	uint32_t affinity;	  /* allowed on none of them */
};

struct idle_ready *idle_ready__new(const struct model *model); /* NULL when out of memory */
void idle_ready__free(struct idle_ready *r);

/* A runnable slice is met at its end. Returns 0 or -ENOMEM. */
int idle_ready__enter(struct idle_ready *r, const struct past_task *slice);
/* ... at its start. */
void idle_ready__leave(struct idle_ready *r, const struct past_task *slice);
/* The next time, back from now, at which a thread has just been woken; 0 = none. */
uint64_t idle_ready__next(const struct idle_ready *r);
/* That time has come, of one thread. */
void idle_ready__pass(struct idle_ready *r);
/* A CPU becomes idle, or is so no more, whatever it was before. Returns 0 or -ENOMEM. */
int idle_ready__cpu(struct idle_ready *r, uint32_t cpu, bool idle);

const struct idle_ready_counts *idle_ready__counts(const struct idle_ready *r);

#endif
