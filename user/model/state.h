/* SPDX-License-Identifier: GPL-2.0-only */
/* The model's inside, shared by its files. Times are CLOCK_MONOTONIC ns until they are emitted. */
#ifndef MODEL_STATE_H
#define MODEL_STATE_H

#include "model/allowed.h"
#include "model/blobs.h"
#include "model/files.h"
#include "model/holders.h"
#include "model/kernel.h"
#include "model/model.h"
#include "model/objects.h"
#include "model/python.h"
#include "model/spaces.h"
#include "model/stacks.h"
#include "model/tasks.h"
#include "trace/info.h"

#define MOST_SINKS 32

/* What a CPU does. */
struct lane {
	bool used;	   /* it was online, or a record came from it */
	bool known;	   /* task is what runs; else nobody knows since `since` */
	struct task *task; /* NULL = idle */
	uint64_t since;
	uint8_t prio;
};

/* To whom task slices go. */
struct outlet {
	int (*task_slice)(void *ctx, const struct task_slice *slice);
	void *ctx;
};

struct model {
	const struct trace_info *info;
	const struct arch *arch; /* of the machine that was recorded */
	const struct trace_trailer *trailer;
	struct tasks *tasks;
	struct objects *objects;
	struct holders *holders;
	struct modules *modules;
	struct spaces *spaces;
	struct stacks *stacks;
	struct python *python;
	struct files *files;
	struct blobs *blobs;
	struct kernel *kernel;
	struct allowed *allowed;
	struct lane *lanes;
	unsigned int ncpus;
	struct model_sink sinks[MOST_SINKS];
	unsigned int nsinks;
	struct outlet blocked_to[MOST_SINKS], others_to[MOST_SINKS];
	unsigned int nblocked_to, nothers_to;
	uint64_t window_start, window_end; /* start is UINT64_MAX until the command has exec'd */
	uint64_t gap_until;		   /* records may be missing before this time */
	uint64_t lost[CT_LOST_KINDS];
	int failed; /* the first nonzero of a sink, or -ENOMEM */
};

/* emit.c: clip to the window, make times relative, give to the sinks. */
struct span {
	uint64_t start, end;
};
void emit__running(struct model *m, struct task *task, struct span span, uint32_t cpu);
void emit__off(struct model *m, struct task *task, struct span span, enum task_state state,
	       const struct woken *woken);
void emit__cpu(struct model *m, unsigned int cpu, uint64_t end, const struct ct_switch *sw);
void emit__sample(struct model *m, unsigned int cpu, const struct ct_sample *s, struct task *task);
void emit__disk(struct model *m, const struct ct_disk *d);
void emit__waking(struct model *m, unsigned int cpu, const struct ct_waking *w,
		  const struct woken *woken, struct task *wakee);

/* sched.c */
void sched__switch(struct model *m, unsigned int cpu, const union ct_event *ev);
void sched__waking(struct model *m, unsigned int cpu, const union ct_event *ev);
/* A task runs that was not seen to come. */
void sched__arrived(struct model *m, unsigned int cpu, const struct ct_arrived *a);
/* A task comes back, and no waking of it was reported. */
void sched__queued(struct model *m, const struct ct_arrived *q);
/* Ends what a task is doing now at `ts` and emits it; the phase stays. */
void sched__settle(struct model *m, struct task *task, uint64_t ts);

/* life.c */
void life__fork(struct model *m, const struct ct_fork *fork);
void life__exec(struct model *m, const struct ct_exec *exec);
void life__memory(struct model *m, const struct ct_memory *memory);
void life__end(struct model *m, const struct ct_end *end);
void life__rename(struct model *m, const struct ct_rename *rename);
void life__affinity(struct model *m, const struct ct_affinity *affinity);
/* A process runs an interpreter: so will its threads that come. */
void life__runtime(struct model *m, const struct ct_runtime *runtime);
void life__snapshot(struct model *m, const struct ct_task *snap);
/* The task's final switch-out. */
void life__dead(struct model *m, struct task *task, uint64_t ts);
/* The task that bears tid; one that nothing is known of is added. NULL when out of memory. */
struct task *life__task(struct model *m, uint32_t tid, uint64_t ts);
/* The task's process image; one is made if it has none. 0 when out of memory. */
uint32_t life__space(struct model *m, struct task *task);
/* Records of this CPU are missing from h.ts until `until`. */
void life__lost(struct model *m, unsigned int cpu, const struct ct_lost *lost);

/* wait.c: what the switched-out task waits for, into task->wait. */
void wait__of_switch(struct model *m, struct task *task, const union ct_event *ev);
/* The same of a task that the snapshot saw blocked, once all tasks are known. */
void wait__of_guess(struct model *m, struct task *task);
/* The same, where the snapshot could look at its stack and futex. */
void wait__described(struct model *m, struct task *task, const struct ct_blocked *b);

#endif
