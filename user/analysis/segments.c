// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/segments.h"

#include <stdbool.h>
#include <stdlib.h>

/*
 * With a length of L no two neighbours are both shorter, so of n segments (n - 1) / 2 or more are
 * not, and n is at most 2 * (whole / L) + 1.
 */
#define AIM 750 /* that remain when the room was full */

struct segments {
	uint64_t ns, below;
	size_t count;
	struct segment list[SEGMENTS_MOST];
};

struct segments *segments__new(uint64_t ns)
{
	struct segments *s = calloc(1, sizeof(*s));

	if (s)
		s->ns = ns;
	return s;
}

void segments__free(struct segments *s)
{
	free(s);
}

static bool is_short(const struct segments *s, const struct segment *segment)
{
	return segment->end_ns - segment->start_ns < s->below;
}

/* Into the last one, if both are short or it merely goes on. */
static bool merge(const struct segments *s, struct segment *last, const struct segment *piece)
{
	bool goes_on = last->what == piece->what && last->pieces == 1 && piece->pieces == 1;

	if (!goes_on && !(is_short(s, last) && is_short(s, piece)))
		return false;
	last->start_ns = piece->start_ns;
	if (goes_on) {
		last->longest_ns += piece->longest_ns;
		return true;
	}
	last->pieces += piece->pieces;
	if (piece->longest_ns > last->longest_ns) {
		last->longest_ns = piece->longest_ns;
		last->what = piece->what;
	}
	return true;
}

static void put(struct segments *s, const struct segment *piece)
{
	if (!s->count || !merge(s, &s->list[s->count - 1], piece))
		s->list[s->count++] = *piece;
}

static void make_room(struct segments *s)
{
	size_t i, n;

	while (s->count > AIM) {
		s->below = s->below ? s->below * 2 : s->ns / 65536 + 1;
		n = s->count;
		s->count = 0;
		for (i = 0; i < n; i++) {
			const struct segment piece = s->list[i];

			put(s, &piece);
		}
	}
}

void segments__add_before(struct segments *s, uint64_t start_ns, uint64_t end_ns, uint32_t what)
{
	const struct segment piece = {.start_ns = start_ns,
				      .end_ns = end_ns,
				      .pieces = 1,
				      .longest_ns = end_ns - start_ns,
				      .what = what};

	if (s->count == SEGMENTS_MOST)
		make_room(s);
	put(s, &piece);
}

size_t segments__count(const struct segments *s)
{
	return s->count;
}

const struct segment *segments__at(const struct segments *s, size_t i)
{
	return &s->list[i];
}

uint64_t segments__merged_below(const struct segments *s)
{
	return s->below;
}
