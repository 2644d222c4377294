// SPDX-License-Identifier: GPL-2.0-only
/* Clips to the window, makes times relative to the recording's start, gives to the sinks. */
#include "model/python.h"
#include "model/state.h"
#include "symbol/modules.h"

/* False if nothing of it lies in the window. */
static bool clip(const struct model *m, struct span *span)
{
	if (span->start < m->window_start)
		span->start = m->window_start;
	if (span->end > m->window_end)
		span->end = m->window_end;
	if (span->start >= span->end)
		return false;
	span->start -= m->info->start_ns;
	span->end -= m->info->start_ns;
	return true;
}

static void give_task_slice(struct model *m, const struct task_slice *slice)
{
	bool blocked = slice->state == TASK_BLOCKED;
	const struct outlet *to = blocked ? m->blocked_to : m->others_to;
	const struct outlet *end = to + (blocked ? m->nblocked_to : m->nothers_to);

	for (; to < end && !m->failed; to++)
		m->failed = to->task_slice(to->ctx, slice);
}

void emit__running(struct model *m, struct task *task, struct span span, uint32_t cpu)
{
	struct task_slice slice = {.task = &task->pub, .state = TASK_RUNNING, .cpu = cpu};

	holders__spent(m, task, span.start, span.end, TASK_RUNNING);
	if (!task->pub.traced || !clip(m, &span))
		return;
	slice.start_ns = span.start;
	slice.end_ns = span.end;
	give_task_slice(m, &slice);
}

void emit__off(struct model *m, struct task *task, struct span span, enum task_state state,
	       const struct woken *woken)
{
	struct task_slice slice = {.task = &task->pub, .state = state, .cpu = task->cpu};

	holders__spent(m, task, span.start, span.end, state);
	if (!task->pub.traced || !clip(m, &span))
		return;
	slice.start_ns = span.start;
	slice.end_ns = span.end;
	if (state == TASK_BLOCKED)
		slice.wait = &task->wait;
	if (woken && woken->valid) {
		slice.woken_by = woken->source;
		slice.waker = woken->waker;
		slice.waker_stack = woken->stack;
		slice.waker_file = files__find(m->files, woken->target);
	}
	if (state == TASK_RUNNABLE) {
		slice.preempted = !(woken && woken->valid);
		slice.throttled = task->throttled;
		slice.allowed = task->allowed;
	}
	give_task_slice(m, &slice);
}

static enum cpu_use use_of(const struct lane *lane)
{
	if (!lane->known)
		return CPU_UNKNOWN;
	if (!lane->task)
		return CPU_IDLE;
	return lane->task->pub.traced ? CPU_WORKLOAD : CPU_OTHER;
}

void emit__cpu(struct model *m, unsigned int cpu, uint64_t end, const struct ct_switch *sw)
{
	const struct lane *lane = &m->lanes[cpu];
	struct span span = {lane->since, end};
	struct cpu_slice slice = {.cpu = cpu, .use = use_of(lane), .prio = lane->prio};
	unsigned int i;

	if (!clip(m, &span))
		return;
	slice.start_ns = span.start;
	slice.end_ns = span.end;
	slice.task = lane->known && lane->task ? &lane->task->pub : NULL;
	if (sw && end <= m->window_end) {
		slice.switched = true;
		slice.prev_state = sw->prev_state;
		slice.preempt = sw->h.flags & CT_F_PREEMPT;
	}
	for (i = 0; i < m->nsinks && !m->failed; i++)
		if (m->sinks[i].cpu_slice)
			m->failed = m->sinks[i].cpu_slice(m->sinks[i].ctx, &slice);
}

void emit__waking(struct model *m, unsigned int cpu, const struct ct_waking *w,
		  const struct woken *woken, struct task *wakee)
{
	struct model_waking out = {.ns = w->h.ts - m->info->start_ns,
				   .cpu = cpu,
				   .target_cpu = w->target_cpu,
				   .wakee = &wakee->pub,
				   .new_task = w->h.type == CT_WAKEUP_NEW,
				   .prio = w->h.prio,
				   .waker_stack = woken->stack,
				   .waker_file = files__find(m->files, woken->target)};
	struct task *waker = tasks__find(m->tasks, w->waker);
	unsigned int i;

	if (w->h.ts < m->window_start || w->h.ts > m->window_end)
		return;
	out.waker = w->waker && waker ? &waker->pub : NULL;
	out.hardirq = w->h.flags & CT_W_HARDIRQ;
	/* A softirq that ran inside the sender's own call is the sender's doing. */
	out.softirq = (w->h.flags & CT_W_SOFTIRQ) && woken->source != WAKE_TASK;
	for (i = 0; i < m->nsinks && !m->failed; i++)
		if (m->sinks[i].waking)
			m->failed = m->sinks[i].waking(m->sinks[i].ctx, &out);
}

/* Of Python code the place is not the interpreter's, but what it ran just then. */
static struct frame leaf_of(struct model *m, const struct ct_sample *s, struct task *task)
{
	const struct model_stack *stack =
		python__is_expected(m->python) ? stacks__find(m->stacks, s->stack) : NULL;

	if (stack && stack->nframes && stack->frames[0].module &&
	    module__is_script(stack->frames[0].module))
		return stack->frames[0];
	return spaces__frame(m->spaces, life__space(m, task), s->ip);
}

void emit__sample(struct model *m, unsigned int cpu, const struct ct_sample *s, struct task *task)
{
	struct model_sample out = {.ns = s->h.ts - m->info->start_ns,
				   .cpu = cpu,
				   .task = &task->pub,
				   .stack = s->stack,
				   .in_task = python__task_now(m->python),
				   .held = holders__held_by(task),
				   .kernel = s->kernel,
				   .copying = s->kernel & CT_S_COPY};
	unsigned int i;

	if (!task->pub.traced || s->h.ts < m->window_start || s->h.ts > m->window_end)
		return;
	out.leaf = leaf_of(m, s, task);
	for (i = 0; i < m->nsinks && !m->failed; i++)
		if (m->sinks[i].sample)
			m->failed = m->sinks[i].sample(m->sinks[i].ctx, &out);
}

void emit__disk(struct model *m, const struct ct_disk *d)
{
	struct task *task = d->h.tid ? tasks__find(m->tasks, d->h.tid) : NULL;
	struct model_disk out = {.sector = d->sector,
				 .bytes = d->bytes,
				 .dev = d->dev,
				 .op = d->op,
				 .error = d->error,
				 .task = task ? &task->pub : NULL};
	struct span span = {d->issued, d->h.ts};
	unsigned int i;

	if (d->h.ts > m->window_end || !clip(m, &span))
		return;
	out.issued_ns = span.start;
	out.done_ns = span.end;
	for (i = 0; i < m->nsinks && !m->failed; i++)
		if (m->sinks[i].disk)
			m->failed = m->sinks[i].disk(m->sinks[i].ctx, &out);
}
