/* SPDX-License-Identifier: GPL-2.0-only */
/* The inside of holders*.c: what is kept of an object that has holders. Types only. */
#ifndef MODEL_HOLDERS_STATE_H
#define MODEL_HOLDERS_STATE_H

#include "lib/hist.h"
#include "model/state.h"

#define HOLD_FEW      64     /* hand-offs that are kept one by one */
#define HOLD_RETRY_NS 50000u /* from running again to blocking again in vain, at most */

enum hold_phase {
	HOLD_QUIET, /* nobody waits, nothing is told */
	HOLD_OPEN,  /* nobody is known to hold it since `since` */
	HOLD_MAYBE, /* as OPEN, but `next` was woken by the release and runs since `next_ts` */
	HOLD_HELD,  /* by `holder`, since `since` */
	HOLD_READ,  /* a rwlock that readers hold */
};

/* OPEN, MAYBE: how that began. */
enum hold_open {
	OPEN_WAITED,   /* somebody blocked who could not tell who held it, and has to be woken */
	OPEN_RELEASED, /* by `releaser` */
	OPEN_UNSEEN,   /* let go unseen, or its holder died */
};

/* How long a holder was blocked by one cause, while others waited. */
struct hold_cause {
	struct hold_cause *next;
	enum cause cause;
	uint64_t ns;
};

struct hold_sum {
	struct hold_sum *next; /* of the same object */
	struct task *task;     /* NULL = nobody known */
	uint64_t ns, running_ns, runnable_ns, unknown_ns;
	struct hold_cause *blocked;
};

/* Hand-offs of one object: counted in `all`, which has buckets once there are more than a few. */
struct hold_handoffs {
	struct hist all;
	uint64_t few[]; /* the first HOLD_FEW of them: most objects never have more */
};

/* An object that somebody waited for and that has holders. */
struct hold {
	const struct sync_object *object;
	enum hold_phase phase;
	enum hold_open open;
	enum confidence confidence; /* HELD: how sure it is */
	uint64_t since;
	struct task *holder;   /* HELD */
	struct task *listed;   /* in whose list it is: the holder's, or who released it */
	struct hold *sibling;  /* the next one in that list */
	uint64_t counted;      /* HELD: up to here the holder's time is in the sums */
	uint64_t handed;       /* HELD: given to the holder then, which is yet to run; 0 = not so */
	struct task *releaser; /* OPEN_RELEASED: who, when, and how many stretches it had then */
	uint64_t released_ts;
	unsigned int stretches;
	struct task *next; /* who may have it: the last waiter that came to run since `since` */
	uint64_t next_ts;
	struct hold *next_active; /* those that were not QUIET since the last loss */
	bool active;
	bool loose;	  /* MAYBE: nobody slept for a while, so a release would not be seen */
	uint32_t typical; /* how long it is held at a time, ns; 0 = not known */
	uint64_t quiet;	  /* nobody waits since then, or `last` tries again; 0 = not so */
	struct task *last;
	uint32_t waiting;  /* blocked on it, or woken and not yet running */
	uint32_t queued;   /* of these: not woken yet */
	uint32_t most;	   /* waiting at once, since `since` */
	uint32_t releases; /* how many were seen */
	struct task *died; /* it ended with the object in hand */
	uint32_t nsums;
	struct hold_sum *sums;
	struct hold_handoffs *handoffs;
	uint64_t told[CONFIDENCE_HIGH + 1];
};

#endif
