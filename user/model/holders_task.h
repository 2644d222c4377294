/* SPDX-License-Identifier: GPL-2.0-only */
/* The inside of holders*.c: what is kept of a task that had to do with locks. Types only. */
#ifndef MODEL_HOLDERS_TASK_H
#define MODEL_HOLDERS_TASK_H

#include "model/holders_state.h"

#define HOLD_PAST 8 /* stretches of a task's time that are kept */

/* A stretch of a task's time. */
struct hold_past {
	uint64_t start, end;
	enum task_state state;
	enum cause cause; /* blocked */
};

/* What is kept of a task that had to do with such an object. */
struct hold_task {
	struct hold_task *link; /* all of them */
	struct hold *mine;	/* what it holds or was the last to release; by hold.sibling */
	struct hold *maybe;	/* where it may be the next owner, if hold.next says so */
	struct hold *waits;	/* what it waits for, until it runs */
	bool queued;		/* not woken yet */
	bool given;		/* woken by a release */
	bool reader;		/* waits to read */
	bool had;		/* had what it waits for until a moment before: see holders.c */
	uint32_t releases;	/* of the object, when it blocked */
	/* The last wake from futex() while it ran: it may have been about to sleep. */
	uint64_t early_ts, early_uaddr;
	struct task *early_waker;
	/* What it waits for, and for whom, if it never comes back: see holders_graph.c */
	const struct sync_object *stuck;
	struct task *stuck_by; /* NULL = whoever holds it now */
	struct hold_past past[HOLD_PAST];
	unsigned int npast; /* ever; the last is at (npast - 1) % HOLD_PAST */
};

/* One task of a circle; the next link is whom it waits for, the last one waits for the first. */
struct hold_link {
	const struct model_task *task;
	const struct sync_object *object;
	bool last;
};

struct holders {
	struct hold **by_object; /* by sync_object.id; NULL = nothing known */
	size_t nobjects;
	struct hold *active;
	struct u64map *sums; /* (object, task) -> struct hold_sum */
	struct hold_task *tasks;
	struct hold_link *circles; /* one after the other */
	size_t ncircles;
	/* model__holder() mostly asks for the one after the last one. */
	size_t asked_object, asked_index;
	const struct hold_sum *asked;
};

#endif
