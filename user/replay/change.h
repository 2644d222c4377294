/* SPDX-License-Identifier: GPL-2.0-only */
/* What is to be different in the replay. */
#ifndef REPLAY_CHANGE_H
#define REPLAY_CHANGE_H

#include "replay/program.h"

struct change {
	unsigned int cpus; /* 0 = as recorded */
	uint32_t without;  /* object whose waits go away; REPLAY_NONE = none */
	uint32_t held;	   /* object that is held for `hold` times as long; REPLAY_NONE = none */
	double hold;	   /* factor */
	double io, timers; /* factors: waits for devices; sleeps and timeouts */
	double faster;	   /* the function of program__build's is_site; 1 = as it is */
};

/* A copy of `from` with the change. Returns 0 or -ENOMEM. program__free() it. */
int change__apply(const struct program *from, const struct change *change, struct program *to);

/*
 * A copy of `from` with critical sections that must have been there, though nobody was seen to
 * wait: as many as the scheduler's random looks tell, and `errors` standard errors more.
 */
int change__assume(const struct program *from, double errors, struct program *to);

/* A copy of all but the ops. Returns 0 or -ENOMEM. */
int change__copy_frame(const struct program *from, struct program *to);

#endif
