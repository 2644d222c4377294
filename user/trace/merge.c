// SPDX-License-Identifier: GPL-2.0-only
#include "trace/merge.h"

#include <stdbool.h>
#include <stddef.h>

#include "bpf/events.h"

/*
 * So many streams with a switch at the very same nanosecond are looked at. More than a few are not
 * real, and a hostile file must not make each step expensive.
 */
#define TIES 32

enum { RANK_UNLOADED = 0, RANK_OTHER = 1, RANK_SWITCH = 2 };
#define RANK_SHIFT 16

static bool is_switch(const union ct_event *ev)
{
	return ev->h.type >= CT_SWITCH && ev->h.type <= CT_SWITCH_FUTEX;
}

uint32_t merge__order(const union ct_event *ev, unsigned int stream)
{
	uint32_t rank = !ev ? RANK_UNLOADED : is_switch(ev) ? RANK_SWITCH : RANK_OTHER;

	return rank << RANK_SHIFT | stream;
}

static bool before(const struct merge_entry *a, const struct merge_entry *b)
{
	return a->ts != b->ts ? a->ts < b->ts : a->order < b->order;
}

static void sift(struct merge *m, uint32_t i)
{
	struct merge_entry *heap = m->heap, moving = heap[i];

	while (i && before(&moving, &heap[(i - 1) / 2])) {
		heap[i] = heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= m->count)
			break;
		if (child + 1 < m->count && before(&heap[child + 1], &heap[child]))
			child++;
		if (!before(&heap[child], &moving))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = moving;
}

void merge__add(struct merge *m, const struct merge_entry *entry)
{
	m->heap[m->count] = *entry;
	sift(m, m->count++);
}

void merge__replace(struct merge *m, uint32_t place, const struct merge_entry *entry)
{
	m->heap[place] = *entry;
	sift(m, place);
}

void merge__remove(struct merge *m, uint32_t place)
{
	m->count--;
	if (place == m->count)
		return;
	m->heap[place] = m->heap[m->count];
	sift(m, place);
}

/* Places of the entries with the first one's time, itself included; at most TIES. */
static uint32_t find_ties(const struct merge *m, uint32_t ties[TIES])
{
	uint32_t count = 1, seen;

	ties[0] = 0;
	for (seen = 0; seen < count; seen++) {
		for (uint32_t child = 2 * ties[seen] + 1; child <= 2 * ties[seen] + 2; child++)
			if (child < m->count && count < TIES && m->heap[child].ts == m->heap[0].ts)
				ties[count++] = child;
	}
	return count;
}

uint32_t merge__top(const struct merge *m)
{
	uint32_t ties[TIES], count, at = 0, steps, i;

	if (!m->heap[0].ev || !is_switch(m->heap[0].ev))
		return 0;
	if ((m->count < 2 || m->heap[1].ts != m->heap[0].ts) &&
	    (m->count < 3 || m->heap[2].ts != m->heap[0].ts))
		return 0;
	/* The first is a switch, so by their rank all the others are switches too. */
	count = find_ties(m, ties);
	for (steps = 0; steps < count; steps++) {
		uint32_t next_tid = m->heap[at].ev->sw.next_tid;

		for (i = 0; i < count; i++)
			if (ties[i] != at && next_tid && m->heap[ties[i]].ev->h.tid == next_tid)
				break;
		if (i == count)
			return at;
		at = ties[i];
	}
	return 0;
}
