// SPDX-License-Identifier: GPL-2.0-only
/* What is asked about holders in the end. */
#include "model/holding.h"

#include <string.h>

#include "model/holders_task.h"

static struct hold *find(const struct model *m, size_t object)
{
	return object < m->holders->nobjects ? m->holders->by_object[object] : NULL;
}

static const struct hold_sum *nth(struct holders *h, size_t object, size_t i)
{
	const struct hold_sum *sum;
	size_t at = 0;

	if (h->asked && h->asked_object == object && h->asked_index <= i) {
		sum = h->asked;
		at = h->asked_index;
	} else {
		sum = h->by_object[object]->sums;
	}
	for (; sum && at < i; at++)
		sum = sum->next;
	h->asked = sum;
	h->asked_object = object;
	h->asked_index = i;
	return sum;
}

bool model__holder(const struct model *m, size_t object, size_t i, struct holder_total *out)
{
	const struct hold_sum *sum = find(m, object) ? nth(m->holders, object, i) : NULL;
	const struct hold_cause *cause;

	memset(out, 0, sizeof(*out));
	if (!sum)
		return false;
	out->task = sum->task ? &sum->task->pub : NULL;
	out->ns = sum->ns;
	out->running_ns = sum->running_ns;
	out->runnable_ns = sum->runnable_ns;
	out->unknown_ns = sum->unknown_ns;
	for (cause = sum->blocked; cause; cause = cause->next)
		out->blocked_ns[cause->cause] = cause->ns;
	return true;
}

bool model__handoffs(const struct model *m, size_t object, struct handoffs *out)
{
	const struct hold *hold = find(m, object);
	const struct hold_handoffs *handoffs = hold ? hold->handoffs : NULL;

	memset(out, 0, sizeof(*out));
	if (!handoffs)
		return false;
	out->count = handoffs->all.count;
	out->total_ns = handoffs->all.sum;
	out->max_ns = handoffs->all.max;
	out->p50_ns = handoffs->all.count <= HOLD_FEW ? handoffs->few[(handoffs->all.count - 1) / 2]
						      : hist__percentile(&handoffs->all, 50);
	return true;
}

enum confidence model__confidence(const struct model *m, size_t object)
{
	const struct hold *hold = find(m, object);
	uint64_t all = 0, seen = 0;
	unsigned int i;

	if (!hold)
		return CONFIDENCE_NONE;
	for (i = CONFIDENCE_LOW; i <= CONFIDENCE_HIGH; i++)
		all += hold->told[i];
	for (i = CONFIDENCE_LOW; i <= CONFIDENCE_HIGH; i++) {
		seen += hold->told[i];
		if (seen && seen * 2 >= all)
			return (enum confidence)i;
	}
	return CONFIDENCE_NONE;
}

size_t model__deadlock(const struct model *m, size_t i, const struct model_task **tasks,
		       const struct sync_object **objects, size_t most)
{
	const struct holders *h = m->holders;
	size_t at = 0, count = 0;

	for (; at < h->ncircles && i; at++)
		i -= h->circles[at].last;
	for (; at < h->ncircles; at++) {
		if (count < most) {
			tasks[count] = h->circles[at].task;
			objects[count] = h->circles[at].object;
			count++;
		}
		if (h->circles[at].last)
			break;
	}
	return count;
}
