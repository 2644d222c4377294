// SPDX-License-Identifier: GPL-2.0-only
#include "symbol/spans.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"

/* Spans looked at for one answer: more overlap only in a file that is made to take long. */
#define STEPS_MOST 65536

int spans__add(struct spans *spans, const struct span *span)
{
	struct span *grown;

	if (span->start >= span->end)
		return 0;
	grown = array__reserve(spans->at, &spans->room, spans->n, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	spans->at = grown;
	grown[spans->n++] = *span;
	return 0;
}

/* Names decide last, short ones win: the answer must not depend on the order in a file. */
static int compare(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	size_t x_len, y_len;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (!x->name || !y->name || x->name == y->name)
		return 0;
	x_len = strlen(x->name);
	y_len = strlen(y->name);
	return x_len != y_len ? (x_len > y_len ? -1 : 1) : strcmp(y->name, x->name);
}

void spans__sort(struct spans *spans)
{
	uint64_t reach = 0;
	size_t i;

	if (!spans->n)
		return;
	qsort(spans->at, spans->n, sizeof(*spans->at), compare);
	for (i = 0; i < spans->n; i++) {
		if (spans->at[i].end > reach)
			reach = spans->at[i].end;
		spans->at[i].reach = reach;
	}
}

void spans__free(struct spans *spans)
{
	free(spans->at);
	memset(spans, 0, sizeof(*spans));
}

/* The number of spans that start at or below an address. */
static size_t count_below(const struct spans *spans, uint64_t address)
{
	size_t low = 0, high = spans->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (spans->at[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct span *spans__find(const struct spans *spans, uint64_t address)
{
	size_t i = count_below(spans, address), steps = 0;

	while (i-- && spans->at[i].reach > address && steps++ < STEPS_MOST)
		if (spans->at[i].end > address)
			return &spans->at[i];
	return NULL;
}

const struct span *spans__highest(const struct spans *spans, uint64_t address)
{
	const struct span *best = NULL, *span;
	size_t i = count_below(spans, address), steps = 0;

	while (i-- && spans->at[i].reach > address) {
		if (++steps > STEPS_MOST)
			return NULL;
		span = &spans->at[i];
		if (span->end > address && (!best || span->rank > best->rank))
			best = span;
	}
	return best;
}

const struct span *spans__before(const struct spans *spans, uint64_t address)
{
	size_t below = count_below(spans, address);

	return below ? &spans->at[below - 1] : NULL;
}
