/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many wait, by what they wait for. A bag tells a few objects apart; those who wait for more
 * are counted by cause alone. So that bags stay sums of bags, what is added to one is passed on, to
 * the one above, under the name that it was counted by here; and likewise what is taken out.
 */
#ifndef ANALYSIS_BLAME_BAG_H
#define ANALYSIS_BLAME_BAG_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/blame_sums.h"

#define BAG_OBJECTS 16 /* told apart in one bag */
#define BAG_MOST    (BAG_OBJECTS + CAUSE_COUNT)

struct bag_entry {
	uint64_t class;
	uint64_t until; /* what is later has been charged already; of a root's bag only */
	struct blame_site site;
	uint32_t n;
};

struct bag {
	struct bag_entry *entries; /* first, or of its own */
	uint16_t count, size, objects;
	struct bag_entry first;
};

void bag__free(struct bag *b);
/* NULL: none. */
struct bag_entry *bag__find(const struct bag *b, uint64_t class);
/* Whether it tells no further objects apart. */
bool bag__is_full(const struct bag *b);
/* The same, or a new one with n = 0; NULL: it is full, or out of memory. */
struct bag_entry *bag__entry(struct bag *b, uint64_t class);
/* Entries move. */
void bag__remove(struct bag *b, struct bag_entry *entry);

/* What goes from bag to bag. */
struct bag_part {
	uint64_t class;
	uint32_t n;
};

struct bag_parts {
	struct bag_part list[2 * BAG_MOST];
	size_t count;
};

/* Adds to the part of that class. */
void bag_parts__add(struct bag_parts *p, uint64_t class, uint32_t n);

#endif
