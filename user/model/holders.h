/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who holds sync objects: one timeline per object, from what the records tell in time order. The
 * rest of the model calls these; what comes of it goes to the sinks and to model/holding.h.
 *
 * An owner's field, read when somebody blocks, tells who holds; a wake on the object's word tells
 * who released; the woken thread is the next owner when it runs, unless later evidence speaks for
 * another. What lies between is decided when the next evidence comes, at most one piece per object.
 * Times are CLOCK_MONOTONIC ns, as in the records.
 */
#ifndef MODEL_HOLDERS_H
#define MODEL_HOLDERS_H

#include <stdint.h>

#include "bpf/events.h"
#include "model/slice.h"

struct holders;
struct hold_task;
struct model;
struct task;

/* Returns NULL when out of memory. */
struct holders *holders__new(void);
void holders__free(struct holders *h);

/*
 * A traced task has blocked in futex() or on a lock in the kernel: its phase is BLOCKED and
 * task->wait says what for. Fills wait.holder and wait.confidence.
 */
void holders__blocked(struct model *m, struct task *task, const union ct_event *ev);
/* What the task does from now on will be of interest, though it never had to do with a lock. */
void holders__remember(struct model *m, struct task *task);
/* Somebody starts to wake `wakee`; before the wakee's own phase changes. */
void holders__waking(struct model *m, const union ct_event *ev, struct task *wakee);
/* The task enters a CPU; before its phase changes. */
void holders__runs(struct model *m, struct task *task, uint64_t ts);
/* From `start` to `end` the task was in this state: each nanosecond of its life once, in order. */
void holders__spent(struct model *m, struct task *task, uint64_t start, uint64_t end,
		    enum task_state state);
/* It has ended, or runs another program from now on: what it held is no longer its own. */
void holders__gone(struct model *m, struct task *task, uint64_t ts);
/* Records are missing from ts until `until`; before the tasks' phases change. */
void holders__lost(struct model *m, uint64_t ts, uint64_t until);
/* Of what the task is known to hold now, what most threads wait for; NULL = nothing. */
const struct sync_object *holders__held_by(const struct task *task);
/* The window's end; before the tasks are settled. */
void holders__finish(struct model *m);

#endif
