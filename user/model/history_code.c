// SPDX-License-Identifier: GPL-2.0-only
#include "model/history_code.h"

#include <string.h>

#include "lib/tape.h"
#include "trace/varint.h"

/* The first byte: kind in the lowest two bits, then flags by kind, then what has room. */
enum {
	KIND_BITS = 2,
	TASK_STATE_SHIFT = 2, /* two bits */
	TASK_PREEMPTED = 0x10,
	TASK_IOWAIT = 0x20,  /* blocked */
	TASK_LIMITED = 0x20, /* runnable: throttled, or not allowed on all CPUs */
	TASK_FIRST = 0x40,
	TASK_WOKEN = 0x80,
	CPU_USE_SHIFT = 2,
	HOLD_CONFIDENCE_SHIFT = 2,
	SAMPLE_KERNEL = 0x04,
};

uint64_t past__end(const struct past *past)
{
	switch (past->kind) {
	case PAST_TASK:
		return past->task.end_ns;
	case PAST_CPU:
		return past->cpu.end_ns;
	case PAST_HOLD:
		return past->hold.end_ns;
	case PAST_SAMPLE:
		break;
	}
	return past->sample.ns;
}

static uint64_t number_of(const struct history *h, uint64_t stack)
{
	/* It was looked up just before: see stack_number(). */
	return h->stacks.last_id[0] == stack ? h->stacks.last_number[0] : h->stacks.last_number[1];
}

/* PAST_NONE as 0. */
static uint8_t *put_id(uint8_t *p, uint32_t id)
{
	return varint__put(p, (uint64_t)(uint32_t)(id + 1));
}

static uint8_t *put_task(const struct history *h, const struct past_task *t, uint8_t *first,
			 uint8_t *p)
{
	bool limited = t->state == TASK_RUNNABLE && (t->throttled || t->allowed);

	*first |= (uint8_t)(t->state << TASK_STATE_SHIFT);
	*first |= (t->preempted ? TASK_PREEMPTED : 0) | (t->first ? TASK_FIRST : 0);
	*first |= (t->woken_by ? TASK_WOKEN : 0) | (limited ? TASK_LIMITED : 0);
	p = varint__put(p, t->task);
	p = varint__put(p, t->end_ns - t->start_ns);
	p = put_id(p, t->cpu);
	if (t->woken_by) {
		p = varint__put(p, t->woken_by);
		p = put_id(p, t->waker);
	}
	if (limited)
		p = varint__put(p, (uint64_t)t->allowed << 1 | t->throttled);
	if (t->state != TASK_BLOCKED)
		return p;
	*first |= t->iowait ? TASK_IOWAIT : 0;
	p = varint__put(p, t->cause);
	p = put_id(p, t->object);
	p = put_id(p, t->file);
	p = varint__put(p, t->stack ? number_of(h, t->stack) : 0);
	return varint__put(p, t->waker_stack ? number_of(h, t->waker_stack) : 0);
}

static uint8_t *put_hold(const struct history *h, const struct past_hold *hold, uint8_t *first,
			 uint8_t *p)
{
	*first |= (uint8_t)(hold->confidence << HOLD_CONFIDENCE_SHIFT);
	p = varint__put(p, hold->object);
	p = varint__put(p, hold->end_ns - hold->start_ns);
	p = put_id(p, hold->holder);
	return varint__put(p, hold->release_stack ? number_of(h, hold->release_stack) : 0);
}

size_t history_code__put(const struct history *h, const struct past *past, uint64_t latest,
			 uint8_t bytes[HISTORY_ENTRY])
{
	uint64_t end = past__end(past);
	uint8_t *p = bytes + 1;

	bytes[0] = past->kind;
	p = varint__put(p, end > latest ? (end - latest) << 1 : (latest - end) << 1 | 1);
	switch (past->kind) {
	case PAST_TASK:
		p = put_task(h, &past->task, bytes, p);
		break;
	case PAST_CPU:
		bytes[0] |= (uint8_t)(past->cpu.use << CPU_USE_SHIFT);
		p = varint__put(p, past->cpu.cpu);
		p = varint__put(p, past->cpu.end_ns - past->cpu.start_ns);
		p = put_id(p, past->cpu.task);
		break;
	case PAST_HOLD:
		p = put_hold(h, &past->hold, bytes, p);
		break;
	case PAST_SAMPLE:
		bytes[0] |= past->sample.kernel ? SAMPLE_KERNEL : 0;
		p = varint__put(p, past->sample.task);
		p = varint__put(p, past->sample.cpu);
		p = put_id(p, past->sample.held);
		p = varint__put(p, past->sample.stack ? number_of(h, past->sample.stack) : 0);
		break;
	}
	return (size_t)(p - bytes);
}

/*
 * The next number on the tape, *p moved behind it. As varint__get(), but of bytes that we wrote
 * ourselves, and inlined, so that at each place the CPU learns how long the number mostly is.
 * Longer ones without a branch, because nobody can guess how long: the first byte without the top
 * bit ends it, and the groups of 7 bits are then moved together, two, four and eight at a time.
 */
static inline uint64_t take(const uint8_t **p)
{
	uint64_t v, end;

	_Static_assert(TAPE_SLACK >= sizeof(v), "the last number on a tape can be taken");
	memcpy(&v, *p, sizeof(v));
	if (!(v & 0x80)) {
		*p += 1;
		return v & 0x7f;
	}
	end = ~v & 0x8080808080808080;
	if (!end) {
		*p = varint__get(*p, *p + VARINT_MAX, &v);
		return v;
	}
	*p += ((unsigned int)__builtin_ctzll(end) >> 3) + 1;
	v &= (end ^ (end - 1)) & 0x7f7f7f7f7f7f7f7f;
	v = (v & 0x007f007f007f007f) | (v & 0x7f007f007f007f00) >> 1;
	v = (v & 0x00003fff00003fff) | (v & 0x3fff00003fff0000) >> 2;
	return (v & 0x000000000fffffff) | (v & 0x0fffffff00000000) >> 4;
}

static uint32_t get_id(const uint8_t **in)
{
	return (uint32_t)take(in) - 1;
}

static uint64_t get_stack(const struct history *h, const uint8_t **in)
{
	uint64_t number = take(in);

	return number && number < h->stacks.count ? h->stacks.ids[number] : 0;
}

static void get_task(const struct history *h, const uint8_t **in, uint8_t first, uint64_t end,
		     struct past_task *t)
{
	t->state = (first >> TASK_STATE_SHIFT) & 3;
	t->preempted = first & TASK_PREEMPTED;
	t->first = first & TASK_FIRST;
	t->task = (uint32_t)take(in);
	t->end_ns = end;
	t->start_ns = end - take(in);
	t->cpu = get_id(in);
	t->woken_by = WAKE_UNKNOWN;
	t->waker = t->object = t->file = PAST_NONE;
	t->cause = CAUSE_OTHER;
	t->stack = t->waker_stack = 0;
	t->iowait = t->throttled = false;
	t->allowed = 0;
	if (first & TASK_WOKEN) {
		t->woken_by = (enum wake_source)take(in);
		t->waker = get_id(in);
	}
	if (t->state == TASK_RUNNABLE && (first & TASK_LIMITED)) {
		uint64_t limits = take(in);

		t->throttled = limits & 1;
		t->allowed = (uint32_t)(limits >> 1);
	}
	if (t->state != TASK_BLOCKED)
		return;
	t->iowait = first & TASK_IOWAIT;
	t->cause = (enum cause)take(in);
	t->object = get_id(in);
	t->file = get_id(in);
	t->stack = get_stack(h, in);
	t->waker_stack = get_stack(h, in);
}

static void get_hold(const struct history *h, const uint8_t **in, uint8_t first, uint64_t end,
		     struct past_hold *hold)
{
	hold->confidence = (enum confidence)((first >> HOLD_CONFIDENCE_SHIFT) & 3);
	hold->object = (uint32_t)take(in);
	hold->end_ns = end;
	hold->start_ns = end - take(in);
	hold->holder = get_id(in);
	hold->release_stack = get_stack(h, in);
}

void history_code__get(const struct history *h, const uint8_t *bytes, uint64_t *latest,
		       struct past *past)
{
	const uint8_t *in = bytes + 1;
	uint64_t delta = take(&in), end = *latest;

	if (delta & 1)
		end -= delta >> 1;
	else
		*latest -= delta >> 1;
	past->kind = (enum past_kind)(bytes[0] & ((1 << KIND_BITS) - 1));
	switch (past->kind) {
	case PAST_TASK:
		get_task(h, &in, bytes[0], end, &past->task);
		break;
	case PAST_CPU:
		past->cpu.use = (enum cpu_use)((bytes[0] >> CPU_USE_SHIFT) & 3);
		past->cpu.cpu = (uint32_t)take(&in);
		past->cpu.end_ns = end;
		past->cpu.start_ns = end - take(&in);
		past->cpu.task = get_id(&in);
		break;
	case PAST_HOLD:
		get_hold(h, &in, bytes[0], end, &past->hold);
		break;
	case PAST_SAMPLE:
		past->sample.kernel = bytes[0] & SAMPLE_KERNEL;
		past->sample.ns = end;
		past->sample.task = (uint32_t)take(&in);
		past->sample.cpu = (uint32_t)take(&in);
		past->sample.held = get_id(&in);
		past->sample.stack = get_stack(h, &in);
		break;
	}
}
