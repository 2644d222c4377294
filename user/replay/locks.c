// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locks as futexes make them: who lets go wakes the first that waits, but the lock is free until
 * that one runs; whoever comes first has it. One that comes too late waits again, as the last.
 * Python's interpreter lock is another thing: who lets go of it does not take it before another has
 * had it, so it goes to the first that waits.
 */
#include "model/cause.h"
#include "replay/state.h"

bool lock__acquire(struct sim *s, uint32_t task, uint32_t object)
{
	struct sim_lock *lock = &s->locks[object];
	struct sim_task *t = &s->tasks[task];

	if (lock->holder == REPLAY_NONE || lock->holder == task) {
		lock->holder = task;
		t->lock = object;
		return true;
	}
	t->next = REPLAY_NONE;
	if (lock->first == REPLAY_NONE)
		lock->first = task;
	else
		s->tasks[lock->last].next = task;
	lock->last = task;
	lock->waiting++;
	s->result->waits++;
	return false;
}

void lock__release(struct sim *s, uint32_t task, uint32_t object)
{
	struct sim_lock *lock = &s->locks[object];
	uint32_t first = lock->first;

	if (lock->holder != task)
		return;
	lock->holder = REPLAY_NONE;
	if (first != REPLAY_NONE) {
		const struct sim_task *t = &s->tasks[first];

		lock->first = t->next;
		lock->waiting--;
		if (s->p->ops[t->op].cause == CAUSE_GIL)
			lock->holder = first;
		sched__ready(s, first, s->p->ops[t->op].latency, task);
	}
	if (s->tasks[task].lock == object)
		s->tasks[task].lock = REPLAY_NONE;
}
