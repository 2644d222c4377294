// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that wait for each other in a circle. A thread is stuck if its last wait is for a lock
 * or for another thread's end, without a timeout, and it never came back from there: it is blocked
 * at the end of the recording, or was killed there.
 */
#include <errno.h>
#include <stdlib.h>

#include "model/holders_inside.h"
#include "model/syscalls.h"

void hold__stuck(struct model *m, struct task *task, const struct ct_hdr *h)
{
	const struct wait *wait = &task->wait;
	struct hold_task *ht = task->hold;

	if (wait->nr == SYSCALL_FUTEX && !wait->object)
		return; /* still in the same call; it may be dying */
	if (ht)
		ht->stuck = NULL;
	if (!wait->object || (h->type == CT_SWITCH_FUTEX && (h->flags & CT_F_TIMEOUT)))
		return;
	if (wait->cause != CAUSE_JOIN && wait->cause != CAUSE_MUTEX && wait->cause != CAUSE_RWLOCK)
		return;
	ht = hold__task(m, task);
	if (!ht)
		return;
	ht->stuck = wait->object;
	ht->stuck_by = NULL;
	if (wait->cause == CAUSE_JOIN)
		ht->stuck_by = tasks__thread(m->tasks, task->pub.pid, (uint32_t)wait->args[2]);
}

/* Whom it waits for; NULL if it is not stuck, or that is not known. */
static struct task *waits_for(const struct model *m, const struct task *task)
{
	const struct hold_task *ht = task->hold;
	const struct hold *hold;

	if (!ht || !ht->stuck)
		return NULL;
	if (task->phase != PHASE_ENDED && (task->phase != PHASE_BLOCKED || task->woken.valid))
		return NULL;
	if (ht->stuck_by || ht->stuck->id >= m->holders->nobjects)
		return ht->stuck_by;
	hold = m->holders->by_object[ht->stuck->id];
	if (!hold || ht->waits != hold || hold->phase != HOLD_HELD)
		return NULL;
	return hold->confidence >= CONFIDENCE_MEDIUM ? hold->holder : NULL;
}

static void keep_circle(struct model *m, struct task *first)
{
	struct holders *h = m->holders;
	struct task *task = first;
	struct hold_link *grown;

	do {
		grown = realloc(h->circles, (h->ncircles + 1) * sizeof(*grown));
		if (!grown) {
			m->failed = m->failed ? m->failed : -ENOMEM;
			return;
		}
		h->circles = grown;
		grown[h->ncircles] = (struct hold_link){&task->pub, task->hold->stuck, false};
		h->ncircles++;
		task = waits_for(m, task);
	} while (task && task != first);
	h->circles[h->ncircles - 1].last = true;
}

void hold__circles(struct model *m)
{
	size_t count = tasks__count(m->tasks), i;
	uint32_t *walk = calloc(count + 1, sizeof(*walk)); /* which walk came by first */
	struct task *task;

	if (!walk) {
		m->failed = m->failed ? m->failed : -ENOMEM;
		return;
	}
	for (i = 0; i < count && !m->failed; i++) {
		task = tasks__at(m->tasks, i);
		while (task && !walk[task->pub.id]) {
			walk[task->pub.id] = (uint32_t)i + 1;
			task = waits_for(m, task);
		}
		if (task && walk[task->pub.id] == i + 1 && waits_for(m, task))
			keep_circle(m, task);
	}
	free(walk);
}
