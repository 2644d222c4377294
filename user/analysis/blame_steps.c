// SPDX-License-Identifier: GPL-2.0-only
/* The way back: tasks begin and end to wait, objects change hands. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/blame_state.h"
#include "model/history.h"
#include "model/model.h"

/* Whether somebody holds what is waited for: then there is a timeline of that. */
static bool is_held(const struct blame *b, const struct past_task *wait)
{
	if (wait->object >= b->nlocks || model__object(b->model, wait->object)->parking)
		return false;
	switch (wait->cause) {
	case CAUSE_MUTEX:
	case CAUSE_RWLOCK:
	case CAUSE_KERNEL:
	case CAUSE_GIL:
	case CAUSE_ONCE:
		return true;
	default:
		return false;
	}
}

static void hold_of(struct blame_lock *lock, const struct past_hold *hold)
{
	lock->holder = hold ? hold->holder : BLAME_NONE;
	lock->release_stack = hold ? hold->release_stack : 0;
}

/* NULL when out of memory. */
static struct blame_lock *lock_of(struct blame *b, const struct rewind *rw, uint32_t object)
{
	struct blame_lock *lock = b->locks[object];

	if (lock)
		return lock;
	lock = b->unused ? b->unused : calloc(1, sizeof(*lock));
	if (!lock)
		return NULL;
	if (b->unused) {
		b->unused = lock->unused;
		bag__free(&lock->node.below);
		memset(lock, 0, sizeof(*lock));
	}
	lock->object = object;
	lock->waker = BLAME_NONE;
	lock->node.aim = (struct blame_aim){
		.root = BLAME_UNKNOWN, .task = BLAME_NONE, .own_task = BLAME_NONE};
	hold_of(lock, rewind__hold(rw, object));
	b->locks[object] = lock;
	return lock;
}

static void leave_lock(struct blame *b, struct blame_task *task, uint64_t ns)
{
	static const struct blame_aim nowhere = {
		.root = BLAME_UNKNOWN, .task = BLAME_NONE, .own_task = BLAME_NONE};
	struct blame_lock *lock = task->lock;

	task->lock = NULL;
	if (!lock || --lock->waiting)
		return;
	/* Nobody waits below. */
	blame_node__aim(&b->graph, &lock->node, ns, &nowhere, false);
	b->locks[lock->object] = NULL;
	lock->unused = b->unused;
	b->unused = lock;
}

/* A deadlock is one from when the last of its threads has begun to wait. */
static void leave_circle(struct blame *b, struct blame_task *task, uint64_t ns)
{
	struct blame_circle *circle = &b->circles[task->circle - 1];
	uint32_t i;

	task->in_circle = false;
	task->circle = 0;
	if (circle->open)
		return;
	circle->open = true;
	for (i = circle->first; i < circle->first + circle->count; i++)
		if (b->tasks[b->members[i]].in_circle)
			blame__aim_task(b, &b->tasks[b->members[i]], ns);
}

static void stop_waiting(struct blame *b, struct blame_task *task, uint64_t ns)
{
	blame_node__resume(&b->graph, &task->node, ns);
	leave_lock(b, task, ns);
	if (task->in_circle)
		leave_circle(b, task, ns);
}

/* By what woke it, if that was no traced task. */
static enum blame_root leaf_of(const struct past_task *wait)
{
	bool device = wait->cause == CAUSE_DISK || wait->cause == CAUSE_PAGEFAULT || wait->iowait;

	if (wait->cause == CAUSE_SLEEP)
		return BLAME_SLEEP;
	/* The kernel's own threads wake for the disk, too. */
	if (device && wait->woken_by != WAKE_UNKNOWN)
		return BLAME_DISK;
	switch (wait->woken_by) {
	case WAKE_TIMER:
		return BLAME_TIMER;
	case WAKE_NETWORK:
		return BLAME_NETWORK;
	case WAKE_DISK:
		return BLAME_DISK;
	case WAKE_IRQ:
		return BLAME_DEVICE;
	case WAKE_TASK:
		return wait->waker == PAST_NONE ? BLAME_UNKNOWN : BLAME_EXTERNAL;
	case WAKE_UNKNOWN:
		break;
	}
	return wait->cause == CAUSE_DISK || wait->iowait ? BLAME_DISK : BLAME_UNKNOWN;
}

static void note_waker(struct blame *b, struct blame_task *task, const struct past_task *wait)
{
	bool by_task = wait->woken_by == WAKE_TASK && wait->waker < b->ntasks;
	bool traced = by_task && model__task(b->model, wait->waker)->traced;

	task->waker = traced && wait->waker != task->id ? wait->waker : BLAME_NONE;
	task->waker_stack = wait->waker_stack;
	task->external = by_task && !traced ? wait->waker : BLAME_NONE;
	task->leaf = leaf_of(wait);
	if (task->leaf == BLAME_EXTERNAL && task->external == BLAME_NONE)
		task->leaf = BLAME_UNKNOWN; /* it woke itself */
}

static int wait_for_lock(struct blame *b, const struct rewind *rw, struct blame_task *task,
			 uint32_t object, uint64_t ns)
{
	uint32_t waker = task->waker != BLAME_NONE ? task->waker : task->external;
	bool is_new = !b->locks[object], changed;
	struct blame_lock *lock = lock_of(b, rw, object);

	if (!lock)
		return -ENOMEM;
	task->lock = lock;
	lock->waiting++;
	changed = waker != BLAME_NONE && waker != lock->waker;
	if (changed) {
		lock->waker = waker;
		lock->waker_stack = task->waker_stack;
	}
	if (is_new || (changed && lock->holder == BLAME_NONE))
		blame__aim_lock(b, lock, ns);
	return 0;
}

static int begin_waiting(struct blame *b, const struct rewind *rw, struct blame_task *task,
			 const struct past_task *wait, uint64_t ns)
{
	uint32_t object = wait->object < b->nlocks ? wait->object : BLAME_NONE;
	int err = 0;

	blame_node__wait(&b->graph, &task->node, ns, BLAME_CLASS(wait->cause, object),
			 (struct blame_site){wait->stack, SITE_OF_WAIT});
	note_waker(b, task, wait);
	task->in_circle = task->circle && task->stuck_on == object;
	if (is_held(b, wait))
		err = wait_for_lock(b, rw, task, object, ns);
	blame__aim_task(b, task, ns);
	return err;
}

int blame__task_step(struct blame *b, const struct rewind *rw, const struct step *step)
{
	const struct past_task *earlier = step->task.earlier;
	struct blame_task *task = &b->tasks[earlier ? earlier->task : step->task.later->task];
	int err = 0;

	if (task->node.waits)
		stop_waiting(b, task, step->ns);
	task->life = earlier ? LIFE_NOW : LIFE_NOT_YET;
	task->state = earlier ? earlier->state : TASK_UNKNOWN;
	if (earlier && earlier->state == TASK_BLOCKED)
		err = begin_waiting(b, rw, task, earlier, step->ns);
	else
		blame__aim_task(b, task, step->ns);
	return err ? err : b->graph.failed;
}

int blame__hold_step(struct blame *b, const struct step *step)
{
	const struct past_hold *hold = step->hold.earlier;
	uint32_t object = hold ? hold->object : step->hold.later->object;
	struct blame_lock *lock = object < b->nlocks ? b->locks[object] : NULL;

	if (!lock)
		return 0;
	hold_of(lock, hold);
	blame__aim_lock(b, lock, step->ns);
	return b->graph.failed;
}

int blame__sample_step(struct blame *b, const struct past_sample *sample)
{
	if (sample->stack && sample->task < b->ntasks)
		blame_node__sample(&b->graph, &b->tasks[sample->task].node, sample->task,
				   sample->stack);
	return b->graph.failed;
}
