/* SPDX-License-Identifier: GPL-2.0-only */
/* The inside of the analysis "blame": what the files blame*.c share. */
#ifndef ANALYSIS_BLAME_STATE_H
#define ANALYSIS_BLAME_STATE_H

#include "analysis/blame_graph.h"
#include "model/past.h"

struct model;
struct report;
struct rewind;
struct u64map;

/* An object that somebody holds, while traced tasks wait for it. */
struct blame_lock {
	struct blame_node node;
	uint32_t object;
	uint32_t waiting; /* tasks */
	uint32_t holder;  /* BLAME_NONE: not known */
	uint64_t release_stack;
	uint32_t waker; /* who wakes somebody from it next; BLAME_NONE: not known */
	uint64_t waker_stack;
	struct blame_task *aimed; /* whom those who wait for it wait for; NULL: no traced task */
	struct blame_lock *unused;
};

enum blame_life { LIFE_OVER, LIFE_NOW, LIFE_NOT_YET };

struct blame_task {
	struct blame_node node;
	uint32_t id;
	uint32_t same_tid; /* another task of that tid; BLAME_NONE = no further one */
	enum blame_life life;
	enum task_state state;
	/* Of the wait that it is in. */
	struct blame_lock *lock;
	uint32_t waker; /* traced; else BLAME_NONE, and: */
	uint64_t waker_stack;
	uint32_t external;    /* an untraced waker */
	enum blame_root leaf; /* what it waited for then */
	/* Of a deadlock at the end. */
	uint32_t circle; /* 1 + its index; 0 = none */
	uint32_t next;	 /* whom it waits for there */
	uint32_t stuck_on;
	bool in_circle; /* it is in that very wait */
};

struct blame_circle {
	uint32_t first, count; /* in members */
	bool open;	       /* one of them does not wait yet */
};

struct blame {
	const struct model *model;
	struct blame_graph graph;
	struct blame_task *tasks; /* by task id; NULL before the first step */
	size_t ntasks;
	struct blame_lock **locks; /* by object id; NULL: nobody waits */
	size_t nlocks;
	struct blame_lock *unused;
	struct u64map *by_tid; /* 1 + the id of a task, as a pointer */
	struct blame_circle *circles;
	uint32_t *members;
	size_t ncircles, nmembers;
	uint64_t end; /* of the recording */
};

/* blame_setup.c: at the first step, when the model is complete. Returns 0 or -ENOMEM. */
int blame__set_up(struct blame *b, uint64_t end);
void blame__tear_down(struct blame *b);

/* blame_steps.c. All return 0 or -ENOMEM. */
int blame__task_step(struct blame *b, const struct rewind *rw, const struct step *step);
int blame__hold_step(struct blame *b, const struct step *step);
int blame__sample_step(struct blame *b, const struct past_sample *sample);

/* blame_aims.c: where a task, or an object, leads to now. */
void blame__aim_task(struct blame *b, struct blame_task *task, uint64_t ns);
void blame__aim_lock(struct blame *b, struct blame_lock *lock, uint64_t ns);

/* blame_report.c */
int blame__report(struct blame *b, struct report *report);

#endif
