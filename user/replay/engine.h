/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs a program on simulated CPUs: a discrete-event simulation, the same for the same settings. */
#ifndef REPLAY_ENGINE_H
#define REPLAY_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "replay/program.h"

struct journal;

struct engine_settings {
	unsigned int cpus; /* 0 = as the program has */
	uint64_t slice_ns; /* 0 = likewise */
	/*
	 * Others may be so far behind what they had in the recording: as long the program, which is
	 * not quite where it was then, comes first. After that the CPU is theirs.
	 */
	uint64_t patience_ns;
	double latency;		 /* factor */
	uint32_t lead;		 /* wakes that who wakes may be ahead of who waits */
	bool settled;		 /* tasks go to the CPUs that they went to in the recording */
	bool preempts;		 /* who is woken may take the CPU of who has had more of it */
	uint64_t seed;		 /* decides between equals */
	struct journal *journal; /* NULL = none is kept */
};

struct engine_result {
	uint64_t wall_ns;
	uint64_t work_ns;  /* all tasks' computing */
	uint64_t other_ns; /* CPUs' time that other programs had */
	uint64_t waits;	   /* for locks */
	/* Orders of the recording that had to be dropped, because nothing else could go on. */
	uint64_t dropped;
};

/* Returns 0 or -ENOMEM. */
int engine__run(const struct program *p, const struct engine_settings *settings,
		struct engine_result *result);

#endif
