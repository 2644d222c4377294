// SPDX-License-Identifier: GPL-2.0-only
/* Sums per object and holder, exact in nanoseconds; hand-offs. Few bytes each: there may be many.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/u64map.h"
#include "model/holders_inside.h"

#define FEW_HOLDERS 8

static void no_memory(struct model *m)
{
	if (!m->failed)
		m->failed = -ENOMEM;
}

static uint64_t key_of(const struct hold *hold, const struct task *task)
{
	return (uint64_t)hold->object->id << 32 | (task ? task->pub.id + 1 : 0);
}

/* Few holders are found by going through them; from then on by the map. */
static struct hold_sum *find_sum(const struct model *m, const struct hold *hold,
				 const struct task *task)
{
	struct hold_sum *sum;
	unsigned int seen = 0;

	for (sum = hold->sums; sum && seen < FEW_HOLDERS; sum = sum->next, seen++)
		if (sum->task == task)
			return sum;
	return sum ? u64map__get(m->holders->sums, key_of(hold, task)) : NULL;
}

/* Into the map: all of them once there are more than a few. */
static int index_sums(struct model *m, const struct hold *hold)
{
	struct hold_sum *sum;
	int err = 0;

	if (hold->nsums < FEW_HOLDERS)
		return 0;
	for (sum = hold->sums; sum && !err; sum = sum->next) {
		err = u64map__set(m->holders->sums, key_of(hold, sum->task), sum);
		if (hold->nsums > FEW_HOLDERS)
			break; /* the others are in it */
	}
	return err;
}

struct hold_sum *hold__sum(struct model *m, struct hold *hold, struct task *task)
{
	struct hold_sum *sum = find_sum(m, hold, task);

	if (sum)
		return sum;
	sum = calloc(1, sizeof(*sum));
	if (!sum) {
		no_memory(m);
		return NULL;
	}
	sum->task = task;
	sum->next = hold->sums;
	hold->sums = sum;
	if (index_sums(m, hold))
		no_memory(m);
	hold->nsums++;
	return sum;
}

static void add_blocked(struct model *m, struct hold_sum *sum, enum cause cause, uint64_t ns)
{
	struct hold_cause *c = sum->blocked;

	while (c && c->cause != cause)
		c = c->next;
	if (!c) {
		c = calloc(1, sizeof(*c));
		if (!c) {
			sum->unknown_ns += ns;
			no_memory(m);
			return;
		}
		c->cause = cause;
		c->next = sum->blocked;
		sum->blocked = c;
	}
	c->ns += ns;
}

void hold__add(struct model *m, struct hold_sum *sum, const struct hold_past *part)
{
	uint64_t ns = part->end - part->start;

	sum->ns += ns;
	switch (part->state) {
	case TASK_RUNNING:
		sum->running_ns += ns;
		break;
	case TASK_RUNNABLE:
		sum->runnable_ns += ns;
		break;
	case TASK_BLOCKED:
		add_blocked(m, sum, part->cause, ns);
		break;
	case TASK_UNKNOWN:
		sum->unknown_ns += ns;
		break;
	}
}

/* Room for one more: doubles whenever it is full. */
static struct hold_handoffs *make_room(struct hold_handoffs *handoffs)
{
	size_t count = handoffs ? handoffs->all.count : 0, size = count ? count * 2 : 1;
	struct hold_handoffs *grown;

	if (count & (count - 1) || count >= HOLD_FEW)
		return handoffs;
	grown = realloc(handoffs, sizeof(*handoffs) + size * sizeof(handoffs->few[0]));
	if (grown && !handoffs)
		memset(grown, 0, sizeof(*grown));
	return grown;
}

/* The first ones go into the histogram, too, once there are many. */
static int spill(struct hold_handoffs *handoffs)
{
	struct hist all = {0};
	size_t i;

	for (i = 0; i < HOLD_FEW; i++)
		if (hist__add(&all, handoffs->few[i]))
			return -ENOMEM;
	handoffs->all = all;
	return 0;
}

static int add_handoff(struct hold *hold, uint64_t ns)
{
	struct hold_handoffs *handoffs = make_room(hold->handoffs);
	int err;

	if (!handoffs)
		return -ENOMEM;
	hold->handoffs = handoffs;
	if (handoffs->all.count == HOLD_FEW) {
		err = spill(handoffs);
		if (err)
			return err;
	}
	if (handoffs->all.count >= HOLD_FEW)
		return hist__add(&handoffs->all, ns);
	handoffs->few[handoffs->all.count++] = ns;
	handoffs->all.sum += ns;
	if (ns > handoffs->all.max)
		handoffs->all.max = ns;
	return 0;
}

void hold__handoff(struct model *m, struct hold *hold, uint64_t ns)
{
	if (add_handoff(hold, ns))
		no_memory(m);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int longest_first(const void *a, const void *b)
{
	const struct hold_sum *x = *(struct hold_sum *const *)a, *y = *(struct hold_sum *const *)b;

	if (x->ns != y->ns)
		return x->ns < y->ns ? 1 : -1;
	if (!x->task || !y->task)
		return !x->task - !y->task;
	return x->task->pub.id < y->task->pub.id ? -1 : 1;
}

void hold__sort(struct model *m, struct hold *hold)
{
	struct hold_sum **all, *sum;
	size_t count = 0, i;

	for (sum = hold->sums; sum; sum = sum->next)
		count++;
	all = calloc(count + 1, sizeof(struct hold_sum *));
	if (!all) {
		no_memory(m);
		return;
	}
	for (sum = hold->sums, i = 0; sum; sum = sum->next)
		all[i++] = sum;
	qsort(all, count, sizeof(struct hold_sum *), longest_first);
	for (i = count, sum = NULL; i-- > 0; sum = all[i])
		all[i]->next = sum;
	hold->sums = sum;
	if (hold->handoffs && hold->handoffs->all.count <= HOLD_FEW)
		qsort(hold->handoffs->few, hold->handoffs->all.count, sizeof(uint64_t), by_value);
	free(all);
}

void hold__free(struct hold *hold)
{
	if (!hold)
		return;
	while (hold->sums) {
		struct hold_sum *sum = hold->sums;

		while (sum->blocked) {
			struct hold_cause *cause = sum->blocked;

			sum->blocked = cause->next;
			free(cause);
		}
		hold->sums = sum->next;
		free(sum);
	}
	if (hold->handoffs) {
		hist__clear(&hold->handoffs->all);
		free(hold->handoffs);
	}
	free(hold);
}
