/* SPDX-License-Identifier: GPL-2.0-only */
/* Who held sync objects, in sum; valid after model__finish. */
#ifndef MODEL_HOLDING_H
#define MODEL_HOLDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/cause.h"
#include "model/slice.h"

struct model;

/*
 * Who held an object while others waited for it: totals per holder, the longest first, by index
 * from 0; false past the end. Valid after model__finish.
 */
struct holder_total {
	const struct model_task *task; /* NULL = nobody known */
	uint64_t ns;		       /* held while at least one thread waited */
	uint64_t running_ns, runnable_ns, unknown_ns;
	uint64_t blocked_ns[CAUSE_COUNT]; /* by its cause; all sum up to ns */
};

/* How an object changed hands: from the release to the next owner running. */
struct handoffs {
	uint64_t count, total_ns, p50_ns, max_ns;
};

bool model__holder(const struct model *m, size_t object, size_t i, struct holder_total *out);
bool model__handoffs(const struct model *m, size_t object, struct handoffs *out);
/* The least sure of what was told of the object's holders, weighted by time: the median. */
enum confidence model__confidence(const struct model *m, size_t object);

/*
 * Threads that wait for each other in a circle when the recording ends, by index from 0: fills
 * tasks[] in the order "waits for the next" and returns their number (at most `most`), 0 past
 * the end. Valid after model__finish.
 */
size_t model__deadlock(const struct model *m, size_t i, const struct model_task **tasks,
		       const struct sync_object **objects, size_t most);

#endif
