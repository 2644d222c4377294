// SPDX-License-Identifier: GPL-2.0-only
/*
 * What holders did with the time that others waited. While a holder is known, its time is counted
 * as it goes by; what is named afterwards is counted from what is remembered of the task.
 */
#include <errno.h>

#include "model/holders_inside.h"

/* Where counted time goes. */
struct counting {
	struct model *m;
	struct hold *hold;
	struct task *task;
};

static struct span in_window(const struct model *m, struct span span)
{
	if (span.start < m->window_start)
		span.start = m->window_start;
	if (span.end > m->window_end)
		span.end = m->window_end;
	return span;
}

static void count(void *ctx, const struct hold_past *part)
{
	struct counting *c = ctx;
	struct span span = in_window(c->m, (struct span){part->start, part->end});
	struct hold_past inside = {span.start, span.end, part->state, part->cause};
	struct hold_sum *sum;

	if (span.start >= span.end)
		return;
	sum = hold__sum(c->m, c->hold, c->task);
	if (sum)
		hold__add(c->m, sum, &inside);
}

static void give_slice(struct model *m, const struct hold_slice *slice)
{
	unsigned int i;

	for (i = 0; i < m->nsinks && !m->failed; i++)
		if (m->sinks[i].hold)
			m->failed = m->sinks[i].hold(m->sinks[i].ctx, slice);
}

static void give(struct model *m, struct hold *hold, struct task *task, struct span span,
		 enum confidence confidence, uint64_t release_stack)
{
	struct hold_slice slice = {.object = hold->object,
				   .holder = task ? &task->pub : NULL,
				   .confidence = task ? confidence : CONFIDENCE_NONE,
				   .waiters = hold->most,
				   .release_stack = release_stack};

	span = in_window(m, span);
	if (span.start >= span.end)
		return;
	hold->told[slice.confidence] += span.end - span.start;
	slice.start_ns = span.start - m->info->start_ns;
	slice.end_ns = span.end - m->info->start_ns;
	give_slice(m, &slice);
}

void hold__tell(struct model *m, struct hold *hold, struct task *task, struct span span,
		enum confidence confidence, uint64_t release_stack)
{
	struct counting c = {m, hold, task};

	if (span.start >= span.end)
		return;
	past__each(task, span, count, &c);
	give(m, hold, task, span, confidence, release_stack);
}

void hold__tell_held(struct model *m, struct hold *hold, uint64_t end, enum confidence confidence,
		     uint64_t release_stack)
{
	struct counting c = {m, hold, hold->holder};

	if (hold->counted < end)
		past__each(hold->holder, (struct span){hold->counted, end}, count, &c);
	hold->counted = end;
	give(m, hold, hold->holder, (struct span){hold->since, end}, confidence, release_stack);
}

void hold__begin(struct model *m, struct hold *hold, struct task *task, uint64_t since,
		 enum confidence confidence)
{
	struct counting c = {m, hold, task};

	if (!hold__task(m, task))
		return;
	hold__list(hold, task);
	hold->phase = HOLD_HELD;
	hold->holder = task;
	hold->handed = 0;
	hold->died = NULL;
	hold->since = hold->counted = since;
	hold->confidence = confidence;
	hold->most = hold->waiting;
	if (since < task->since) {
		past__each(task, (struct span){since, task->since}, count, &c);
		hold->counted = task->since;
	}
}

void hold__list(struct hold *hold, struct task *task)
{
	struct hold **link;

	if (hold->listed) {
		link = &hold->listed->hold->mine;
		while (*link != hold)
			link = &(*link)->sibling;
		*link = hold->sibling;
	}
	hold->listed = task;
	if (!task)
		return;
	hold->sibling = task->hold->mine;
	task->hold->mine = hold;
}

static void count_held(struct model *m, struct hold *hold, struct task *task,
		       const struct hold_past *past)
{
	struct counting c = {m, hold, task};
	struct hold_past part = *past;

	if (part.end <= hold->counted)
		return;
	if (part.start > hold->counted) /* left out while nobody waited, as it seemed */
		past__each(task, (struct span){hold->counted, part.start}, count, &c);
	else
		part.start = hold->counted;
	count(&c, &part);
	hold->counted = part.end;
}

void holders__spent(struct model *m, struct task *task, uint64_t start, uint64_t end,
		    enum task_state state)
{
	struct hold_past past = {start, end, state, task->wait.cause};
	struct hold_task *ht = task->hold;
	struct hold *hold, *next;

	if (!ht || start >= end)
		return;
	ht->past[ht->npast++ % HOLD_PAST] = past;
	for (hold = ht->mine; hold; hold = next) {
		next = hold->sibling;
		if (hold->quiet && end > hold->quiet + HOLD_RETRY_NS)
			hold__quieten(m, hold);
		else if (hold->phase == HOLD_HELD && !hold->quiet)
			count_held(m, hold, task, &past);
		else if (hold->phase == HOLD_OPEN && !hold->quiet)
			hold__goes_on(m, hold, end);
	}
}
