// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who ran when: each task that had to do with locks keeps its last few stretches of time, and what
 * lies further back is not known. What was decided late, when the evidence came, needs them.
 */
#include "model/holders_inside.h"

#define MOST_USERS 64 /* of an object, to look among */

static unsigned int oldest(const struct hold_task *ht)
{
	return ht->npast > HOLD_PAST ? ht->npast - HOLD_PAST : 0;
}

static const struct hold_past *past_at(const struct hold_task *ht, unsigned int i)
{
	return &ht->past[i % HOLD_PAST];
}

static enum task_state state_of(const struct task *task)
{
	switch (task->phase) {
	case PHASE_RUNNING:
		return TASK_RUNNING;
	case PHASE_RUNNABLE:
		return TASK_RUNNABLE;
	case PHASE_BLOCKED:
		return TASK_BLOCKED;
	default:
		return TASK_UNKNOWN;
	}
}

/* Since when a task that is blocked could run again, as sched__settle() will tell it. */
static uint64_t ready_at(const struct task *task)
{
	if (task->woken.valid)
		return task->woken.ts;
	if (task->pending.valid && task->since - task->pending.ts <= MODEL_EARLY_WAKING_NS)
		return task->since;
	return UINT64_MAX;
}

/* What the task has been in since it was last settled. */
static void each_present(const struct task *task, struct span span,
			 void (*add)(void *ctx, const struct hold_past *part), void *ctx)
{
	struct hold_past part = {span.start, span.end, state_of(task), task->wait.cause};
	uint64_t ready = part.state == TASK_BLOCKED ? ready_at(task) : UINT64_MAX;

	if (ready < span.end) {
		part.end = ready > span.start ? ready : span.start;
		if (part.start < part.end)
			add(ctx, &part);
		part = (struct hold_past){part.end, span.end, TASK_RUNNABLE, CAUSE_OTHER};
	}
	add(ctx, &part);
}

static void each_unknown(uint64_t start, uint64_t end,
			 void (*add)(void *ctx, const struct hold_past *part), void *ctx)
{
	struct hold_past part = {start, end, TASK_UNKNOWN, CAUSE_OTHER};

	if (start < end)
		add(ctx, &part);
}

void past__each(const struct task *task, struct span span,
		void (*add)(void *ctx, const struct hold_past *part), void *ctx)
{
	const struct hold_task *ht = task ? task->hold : NULL;
	uint64_t present = span.end;
	unsigned int i;

	for (i = ht ? oldest(ht) : 0; ht && i < ht->npast && span.start < span.end; i++) {
		struct hold_past part = *past_at(ht, i);

		if (part.end <= span.start || part.start >= span.end)
			continue;
		each_unknown(span.start, part.start, add, ctx);
		if (part.start < span.start)
			part.start = span.start;
		if (part.end > span.end)
			part.end = span.end;
		add(ctx, &part);
		span.start = part.end;
	}
	if (task && task->since < span.end)
		present = task->since > span.start ? task->since : span.start;
	each_unknown(span.start, present, add, ctx);
	if (present < span.end)
		each_present(task, (struct span){present, span.end}, add, ctx);
}

uint64_t past__ran_since(const struct task *task, uint64_t from, uint64_t until)
{
	const struct hold_task *ht = task->hold;
	unsigned int i;

	for (i = ht ? oldest(ht) : 0; ht && i < ht->npast; i++) {
		const struct hold_past *past = past_at(ht, i);

		if (past->end > from && past->start < until && past->state == TASK_RUNNING)
			return past->start > from ? past->start : from;
	}
	if (task->phase == PHASE_RUNNING && task->since < until)
		return task->since > from ? task->since : from;
	return until;
}

uint64_t past__runs_until(const struct task *task, uint64_t from, uint64_t until)
{
	const struct hold_task *ht = task->hold;
	uint64_t end = from;
	unsigned int i;

	for (i = ht ? oldest(ht) : 0; ht && i < ht->npast; i++) {
		const struct hold_past *past = past_at(ht, i);

		if (past->start <= end && past->end > end && past->state == TASK_RUNNING)
			end = past->end;
	}
	if (task->phase == PHASE_RUNNING && task->since <= end)
		end = until;
	return end < until ? end : until;
}

uint64_t past__unblocked_since(const struct task *task, uint64_t until)
{
	const struct hold_task *ht = task->hold;
	unsigned int i = ht ? ht->npast : 0;

	for (; ht && i > oldest(ht); i--) {
		const struct hold_past *past = past_at(ht, i - 1);

		if (past->end != until ||
		    (past->state != TASK_RUNNING && past->state != TASK_RUNNABLE))
			break;
		until = past->start;
	}
	return until;
}

static void lower(uint64_t *value, uint64_t to)
{
	if (to < *value)
		*value = to;
}

/* Whether it ran at `at`; *end is lowered to when that changed. */
static bool ran_at(const struct task *task, uint64_t at, uint64_t *end)
{
	const struct hold_task *ht = task->hold;
	bool runs = task->phase == PHASE_RUNNING && task->since <= at;
	unsigned int i;

	if (task->phase == PHASE_RUNNING && task->since > at)
		lower(end, task->since);
	for (i = ht ? oldest(ht) : 0; ht && i < ht->npast; i++) {
		const struct hold_past *past = past_at(ht, i);

		if (past->end <= at || past->state != TASK_RUNNING)
			continue;
		runs |= past->start <= at;
		lower(end, past->start > at ? past->start : past->end);
	}
	return runs;
}

/* Whether it waited for a CPU at `at`; then *end is lowered to when it did not any more. */
static bool could_run_at(const struct task *task, uint64_t at, uint64_t *end)
{
	const struct hold_task *ht = task->hold;
	unsigned int i;

	if (task->since <= at)
		return task->phase == PHASE_RUNNABLE;
	for (i = ht ? oldest(ht) : 0; ht && i < ht->npast; i++) {
		const struct hold_past *past = past_at(ht, i);

		if (past->start > at || past->end <= at || past->state != TASK_RUNNABLE)
			continue;
		lower(end, past->end);
		return true;
	}
	return false;
}

struct task *past__probable(const struct hold *hold, struct task *before, uint64_t from,
			    uint64_t until, uint64_t *end)
{
	const struct hold_sum *sum;
	struct task *found = NULL;
	unsigned int runners = 0, seen = 0;

	*end = until;
	for (sum = hold->sums; sum; sum = sum->next) {
		if (!sum->task)
			continue;
		if (++seen > MOST_USERS) {
			*end = until;
			return NULL;
		}
		if (!ran_at(sum->task, from, end))
			continue;
		runners++;
		if (found != before)
			found = sum->task;
	}
	if (!runners)
		return before && could_run_at(before, from, end) ? before : NULL;
	return runners == 1 || found == before ? found : NULL;
}
