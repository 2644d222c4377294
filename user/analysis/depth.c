// SPDX-License-Identifier: GPL-2.0-only
/*
 * Only a start raises the number, so the most at once is reached just before some end. A request
 * is under way at all ends in (its start, its own end]: ends are kept in a ring, with the change
 * in number from one to the next, so that a request takes two additions.
 */
#include "analysis/depth.h"

#include <stddef.h>
#include <stdlib.h>

struct end {
	uint64_t ns;
	int64_t change; /* against the end before */
};

struct depth {
	struct end ends[DEPTH_WINDOW]; /* a ring */
	uint64_t first, next;	       /* of all ends so far, those in the ring */
	int64_t before;		       /* the number at the end before `first` */
	int64_t max;
};

struct depth *depth__new(void)
{
	return calloc(1, sizeof(struct depth));
}

void depth__free(struct depth *d)
{
	free(d);
}

static size_t slot(uint64_t i)
{
	return i % DEPTH_WINDOW;
}

static void drop_first(struct depth *d)
{
	d->before += d->ends[slot(d->first)].change;
	if (d->before > d->max)
		d->max = d->before;
	d->first++;
}

/* The first end in the ring that is after ns; d->next if none is. */
static uint64_t first_after(const struct depth *d, uint64_t ns)
{
	uint64_t low = d->first, high = d->next;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (d->ends[slot(mid)].ns <= ns)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void depth__add(struct depth *d, uint64_t start_ns, uint64_t end_ns)
{
	uint64_t from;

	if (d->next - d->first == DEPTH_WINDOW - 1)
		drop_first(d);
	/* The slot at `next` has the changes that belong after the last end. */
	d->ends[slot(d->next)].ns = end_ns;
	d->next++;
	d->ends[slot(d->next)] = (struct end){0};
	from = end_ns > start_ns ? first_after(d, start_ns) : d->next - 1;
	d->ends[slot(from)].change++;
	d->ends[slot(d->next)].change--;
}

uint64_t depth__max(const struct depth *d)
{
	int64_t n = d->before, max = d->max;
	uint64_t i;

	for (i = d->first; i < d->next; i++) {
		n += d->ends[slot(i)].change;
		max = n > max ? n : max;
	}
	return (uint64_t)max;
}
