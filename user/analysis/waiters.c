// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/waiters.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "lib/array.h"
#include "lib/u64map.h"

struct waiters {
	uint32_t *last; /* by task id: 1 + the thing it waited for last, 0 = none */
	size_t ntasks;
	struct u64map *pairs; /* every (thing, task) that was counted */
};

struct waiters *waiters__new(void)
{
	struct waiters *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->pairs = u64map__new();
	if (w->pairs)
		return w;
	free(w);
	return NULL;
}

void waiters__free(struct waiters *w)
{
	if (!w)
		return;
	u64map__free(w->pairs);
	free(w->last);
	free(w);
}

/* Threads tend to wait for one thing again and again: that case needs no hashing. */
int waiters__add(struct waiters *w, uint32_t thing, uint32_t task)
{
	uint64_t pair = (uint64_t)thing << 32 | task;
	uint32_t *last = array__reserve(w->last, &w->ntasks, task, sizeof(*last));

	if (!last)
		return -ENOMEM;
	w->last = last;
	if (last[task] == thing + 1)
		return 0;
	last[task] = thing + 1;
	if (u64map__get(w->pairs, pair))
		return 0;
	return u64map__set(w->pairs, pair, w) ? -ENOMEM : 1;
}
