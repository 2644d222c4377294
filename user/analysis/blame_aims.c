// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whom a task or an object waits for at one instant. A task that waits for a lock waits for its
 * holder; where that is not known, for whoever wakes somebody from it next: that one had it, or is
 * about to. Who waits for anything else waits for the one that wakes it.
 */
#include "analysis/blame_state.h"
#include "lib/u64map.h"
#include "model/model.h"

static bool is_traced(const struct blame *b, uint32_t task)
{
	return task < b->ntasks && model__task(b->model, task)->traced;
}

/* While a task does not exist yet, it is its creator's turn. NULL: not known. */
static struct blame_task *creator_of(const struct blame *b, const struct blame_task *task)
{
	const struct model_task *child = model__task(b->model, task->id);
	void *found = u64map__get(b->by_tid, child->parent_tid);
	uint32_t id = found ? (uint32_t)((uintptr_t)found - 1) : BLAME_NONE;

	if (!child->started || !child->parent_tid)
		return NULL;
	for (; id != BLAME_NONE; id = b->tasks[id].same_tid) {
		const struct model_task *t = model__task(b->model, id);

		if (id != task->id && t->start_ns <= child->start_ns &&
		    child->start_ns <= t->end_ns)
			return &b->tasks[id];
	}
	return NULL;
}

static void lead_to(struct blame_aim *aim, struct blame_task *task, uint64_t stack,
		    enum blame_site_of of)
{
	aim->to = &task->node;
	aim->site = (struct blame_site){stack, of};
}

static void aim_wait(const struct blame *b, const struct blame_task *task, struct blame_aim *aim)
{
	if (task->in_circle && !b->circles[task->circle - 1].open) {
		aim->root = BLAME_DEADLOCK;
	} else if (task->lock && task->lock->aimed != task) {
		aim->to = &task->lock->node;
	} else if (task->in_circle) {
		lead_to(aim, &b->tasks[task->next], 0, SITE_OF_NONE);
	} else if (task->waker != BLAME_NONE) {
		lead_to(aim, &b->tasks[task->waker], task->waker_stack, SITE_OF_WAKE);
	} else {
		aim->root = task->leaf;
		if (task->leaf == BLAME_EXTERNAL)
			aim->task = aim->own_task = task->external;
	}
}

void blame__aim_task(struct blame *b, struct blame_task *task, uint64_t ns)
{
	static const enum blame_root roots[] = {
		[TASK_RUNNING] = BLAME_COMPUTATION,
		[TASK_RUNNABLE] = BLAME_CPU,
		[TASK_BLOCKED] = BLAME_UNKNOWN,
		[TASK_UNKNOWN] = BLAME_UNKNOWN,
	};
	struct blame_aim aim = {.root = BLAME_UNKNOWN, .task = task->id, .own_task = BLAME_NONE};
	struct blame_task *creator;

	if (task->node.waits) {
		aim_wait(b, task, &aim);
	} else if (task->life == LIFE_NOW) {
		aim.root = roots[task->state];
	} else if (task->life == LIFE_NOT_YET) {
		creator = creator_of(b, task);
		if (creator)
			lead_to(&aim, creator, 0, SITE_OF_NONE);
	}
	blame_node__aim(&b->graph, &task->node, ns, &aim, ns == b->end);
}

void blame__aim_lock(struct blame *b, struct blame_lock *lock, uint64_t ns)
{
	bool held = lock->holder != BLAME_NONE;
	uint32_t whose = held ? lock->holder : lock->waker;
	struct blame_task *before = lock->aimed;
	struct blame_aim aim = {.root = BLAME_UNKNOWN, .task = BLAME_NONE, .own_task = BLAME_NONE};

	lock->aimed = NULL;
	if (is_traced(b, whose)) {
		lock->aimed = &b->tasks[whose];
		lead_to(&aim, lock->aimed, held ? lock->release_stack : lock->waker_stack,
			held ? SITE_OF_RELEASE : SITE_OF_WAKE);
	} else if (whose < b->ntasks) {
		aim.root = BLAME_EXTERNAL;
		aim.task = whose;
	}
	/* One that is said to wait for what it has itself waits for who wakes it. */
	if (lock->aimed && lock->aimed != before && lock->aimed->lock == lock)
		blame__aim_task(b, lock->aimed, ns);
	blame_node__aim(&b->graph, &lock->node, ns, &aim, ns == b->end);
	if (before && before != lock->aimed && before->lock == lock)
		blame__aim_task(b, before, ns);
}
