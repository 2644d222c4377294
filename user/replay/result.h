/* SPDX-License-Identifier: GPL-2.0-only */
/* The prediction: several replays of the changed program, and of the unchanged one as the check. */
#ifndef REPLAY_RESULT_H
#define REPLAY_RESULT_H

#include "replay/change.h"
#include "replay/program.h"

enum limit_kind {
	LIMIT_NONE,
	LIMIT_CPUS,  /* all of them are busy */
	LIMIT_LOCK,  /* `object` */
	LIMIT_TASK,  /* `task` computes while all wait for it */
	LIMIT_CAUSE, /* waiting: `cause` */
	LIMIT_TASKS, /* several tasks compute in turn */
};

struct limit {
	enum limit_kind kind;
	uint32_t task, object; /* task: in the model */
	uint8_t cause;
	double share; /* of the critical path; LIMIT_CPUS: of the CPUs' time */
};

struct prediction {
	uint64_t recorded_ns, replayed_ns; /* replayed: unchanged */
	double error;			   /* of that: 0.02 = 2 % too long */
	uint64_t wall_ns, low_ns, high_ns;
	unsigned int cpus, changed_cpus;
	double patience; /* of other programs, in time slices: see engine.h */
	bool moves;	 /* threads go to other CPUs than in the recording */
	unsigned int replays;
	uint64_t dropped;   /* orders that could not be kept */
	double unknown;	    /* share of the tasks' time that nobody knows of */
	double assumed;	    /* share of computing in critical sections that were not seen */
	struct limit limit; /* of the changed program */
};

/* Returns 0 or -ENOMEM. */
int prediction__make(const struct program *p, const struct change *change, struct prediction *out);

#endif
