// SPDX-License-Identifier: GPL-2.0-only
#include "model/history.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/array.h"
#include "lib/tape.h"
#include "lib/u64map.h"
#include "model/history_code.h"
#include "model/scribe.h"

#define MEMORY (64u << 20)

struct history *history__new(void)
{
	struct history *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->tape = tape__new(MEMORY);
	h->stacks.by_id = u64map__new();
	h->stacks.count = 1; /* 0 = none */
	h->scribe = scribe__new(h);
	if (h->tape && h->stacks.by_id && h->scribe)
		return h;
	history__free(h);
	return NULL;
}

void history__free(struct history *h)
{
	if (!h)
		return;
	scribe__free(h->scribe);
	tape__free(h->tape);
	u64map__free(h->stacks.by_id);
	free(h->stacks.ids);
	free(h->last);
	free(h);
}

static uint64_t add_number(struct stack_numbers *s, uint64_t id)
{
	uint64_t *ids = array__reserve(s->ids, &s->size, s->count, sizeof(*ids));

	if (!ids)
		return UINT64_MAX;
	s->ids = ids;
	if (u64map__set(s->by_id, id, (void *)(uintptr_t)s->count))
		return UINT64_MAX;
	ids[s->count] = id;
	return s->count++;
}

uint64_t stack_number(struct stack_numbers *s, uint64_t id)
{
	uint64_t number;

	if (!id || s->last_id[0] == id)
		return id ? s->last_number[0] : 0;
	if (s->last_id[1] == id) {
		number = s->last_number[1];
	} else {
		number = (uint64_t)(uintptr_t)u64map__get(s->by_id, id);
		if (!number)
			number = add_number(s, id);
		if (number == UINT64_MAX)
			return number;
	}
	s->last_id[1] = s->last_id[0];
	s->last_number[1] = s->last_number[0];
	s->last_id[0] = id;
	s->last_number[0] = number;
	return number;
}

static struct past *place(struct history *h, enum past_kind kind)
{
	struct past *past = scribe__place(h->scribe);

	if (past)
		past->kind = kind;
	return past;
}

int history__end(struct history *h)
{
	return scribe__finish(h->scribe);
}

static uint32_t task_id(const struct model_task *task)
{
	return task ? task->id : PAST_NONE;
}

static int add_task(void *ctx, const struct task_slice *s)
{
	struct history *h = ctx;
	uint64_t *last = array__reserve(h->last, &h->ntasks, s->task->id, sizeof(*last));
	struct past *past;
	struct past_task *t;

	if (!last)
		return -ENOMEM;
	h->last = last;
	past = place(h, PAST_TASK);
	if (!past)
		return history__end(h);
	t = &past->task;
	*t = (struct past_task){.task = s->task->id,
				.start_ns = s->start_ns,
				.end_ns = s->end_ns,
				.state = s->state,
				.cpu = s->cpu,
				.preempted = s->preempted,
				.throttled = s->throttled,
				.allowed = s->allowed,
				.woken_by = s->woken_by,
				.waker = task_id(s->waker),
				.object = PAST_NONE,
				.file = PAST_NONE,
				.first = last[s->task->id] != s->start_ns + 1};
	last[s->task->id] = s->end_ns + 1;
	if (s->wait) {
		t->cause = s->wait->cause;
		t->iowait = s->wait->iowait;
		t->object = s->wait->object ? s->wait->object->id : PAST_NONE;
		t->file = s->wait->file ? s->wait->file->index : PAST_NONE;
		t->stack = s->wait->stack;
		t->waker_stack = s->waker_stack;
	}
	return 0;
}

static int add_cpu(void *ctx, const struct cpu_slice *s)
{
	struct past *past;

	if (s->use == CPU_WORKLOAD)
		return 0;
	past = place(ctx, PAST_CPU);
	if (!past)
		return history__end(ctx);
	past->cpu = (struct past_cpu){.cpu = s->cpu,
				      .start_ns = s->start_ns,
				      .end_ns = s->end_ns,
				      .use = s->use,
				      .task = task_id(s->task)};
	return 0;
}

static int add_hold(void *ctx, const struct hold_slice *s)
{
	struct past *past;

	if (s->start_ns >= s->end_ns)
		return 0;
	past = place(ctx, PAST_HOLD);
	if (!past)
		return history__end(ctx);
	past->hold = (struct past_hold){.object = s->object->id,
					.start_ns = s->start_ns,
					.end_ns = s->end_ns,
					.holder = task_id(s->holder),
					.confidence = s->confidence,
					.release_stack = s->release_stack};
	return 0;
}

static int add_sample(void *ctx, const struct model_sample *s)
{
	struct past *past;

	past = place(ctx, PAST_SAMPLE);
	if (!past)
		return history__end(ctx);
	past->sample = (struct past_sample){.ns = s->ns,
					    .task = s->task->id,
					    .cpu = s->cpu,
					    .held = s->held ? s->held->id : PAST_NONE,
					    .stack = s->stack,
					    .kernel = s->kernel};
	return 0;
}

struct model_sink history__sink(struct history *h)
{
	return (struct model_sink){
		.ctx = h,
		.task_slice = add_task,
		.cpu_slice = add_cpu,
		.hold = add_hold,
		.sample = add_sample,
	};
}
