/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stretch of time in pieces, told in a bounded number of segments. As long as there are few
 * pieces each is a segment. If there are more, neighbours that are both shorter than some length
 * become one, which stands for the longest piece in it; the length grows as it has to. No time is
 * lost or told twice.
 */
#ifndef ANALYSIS_SEGMENTS_H
#define ANALYSIS_SEGMENTS_H

#include <stddef.h>
#include <stdint.h>

#define SEGMENTS_MOST 1000

struct segment {
	uint64_t start_ns, end_ns;
	uint64_t pieces, longest_ns; /* what is in it, and of `what` */
	uint32_t what;		     /* the longest piece; of equal ones, the latest in time */
};

struct segments;

/* For a stretch of so many ns. Returns NULL when out of memory. */
struct segments *segments__new(uint64_t ns);
void segments__free(struct segments *s);

/* Pieces from the end to the beginning, each ends where the one before starts; start < end. */
void segments__add_before(struct segments *s, uint64_t start_ns, uint64_t end_ns, uint32_t what);

size_t segments__count(const struct segments *s); /* at most SEGMENTS_MOST */
/* The latest is number 0. */
const struct segment *segments__at(const struct segments *s, size_t i);
/* Neighbours shorter than this were merged; 0 = all are there. */
uint64_t segments__merged_below(const struct segments *s);

#endif
