/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One thread's turns of an event loop: from being woken in epoll, poll, select or io_uring to the
 * next wait there. What happened in the longest ones is kept.
 */
#ifndef ANALYSIS_TURNS_H
#define ANALYSIS_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/samples.h"
#include "model/observed.h"
#include "model/slice.h"

#define TURN_SITES   8	       /* stacks kept of one turn: the first */
#define TURN_TASKS   8	       /* tasks of asyncio, likewise */
#define TURN_LONGEST 5	       /* turns of which the inside is kept */
#define TURN_LONG_NS 10000000u /* a turn that others notice */

struct counts;

/* Seen at one stack inside a turn. */
struct turn_stack {
	uint64_t stack;
	uint64_t samples;	 /* while it ran */
	uint64_t waits, wait_ns; /* where it blocked */
};

/* Seen while asyncio ran that task. */
struct turn_task {
	const char *name;
	uint64_t samples, waits, wait_ns;
};

struct turn {
	uint64_t start_ns, ns;
	uint64_t running_ns, runnable_ns, unknown_ns;
	uint64_t blocked_ns[CAUSE_COUNT];
	uint64_t samples; /* all of them */
	struct turn_stack stacks[TURN_SITES];
	size_t nstacks;
	struct turn_task tasks[TURN_TASKS]; /* once it has ended: who took longest comes first */
	size_t ntasks;
};

struct turns {
	const struct model_task *task;
	uint64_t count, busy_ns, wait_ns, waits;
	uint64_t long_count, long_ns;	 /* of TURN_LONG_NS or more; without waiting for a CPU */
	uint64_t woken_by[WAKE_IRQ + 1]; /* by enum wake_source */
	struct samples lengths;
	struct counts *ran, *blocked; /* by stack, inside all turns */
	struct turn now;	      /* the one that is going on */
	bool in_turn;
	struct turn *longest; /* TURN_LONGEST of them, the longest first; NULL until one ended */
	size_t nlongest;
};

/* The thread's slices and samples, from its first wait on. Return 0 or -ENOMEM. */
int turns__slice(struct turns *t, const struct task_slice *slice);
int turns__sample(struct turns *t, const struct model_sample *sample);
/* The recording's end: a thread that has not ended may still be in a turn, which then counts. */
int turns__finish(struct turns *t);
void turns__clear(struct turns *t);

#endif
