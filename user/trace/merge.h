/* SPDX-License-Identifier: GPL-2.0-only */
/* Many streams in time order: a heap of the next record of each. */
#ifndef TRACE_MERGE_H
#define TRACE_MERGE_H

#include <stdint.h>

union ct_event;

struct merge_entry {
	uint64_t ts;
	uint32_t order; /* of entries with the same ts: see merge__order() */
	uint32_t which; /* the caller's own */
	const union ct_event *ev;
};

/* The entries live in memory of the caller, with room for all streams. All-zero is empty. */
struct merge {
	struct merge_entry *heap;
	uint32_t count;
};

/*
 * Rank among records of the same time: streams whose next record is not loaded yet (ev = NULL)
 * come first, so that it can be; then wakings and others; then switches; each by stream.
 */
uint32_t merge__order(const union ct_event *ev, unsigned int stream);

void merge__add(struct merge *m, const struct merge_entry *entry);
/*
 * The place of the entry that comes next; m must not be empty. That is the first one, except that
 * of switches at one instant, one that switches a task out comes before the one that switches the
 * same task in. (Where they go in a circle, the first one it is.)
 */
uint32_t merge__top(const struct merge *m);
/* Puts another entry in place of the one at `place`, or removes it. */
void merge__replace(struct merge *m, uint32_t place, const struct merge_entry *entry);
void merge__remove(struct merge *m, uint32_t place);

#endif
