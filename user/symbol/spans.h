/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Named ranges of addresses that may overlap, and quick answers to what lies at an address. Where
 * very many overlap the answer is: nothing known.
 */
#ifndef SYMBOL_SPANS_H
#define SYMBOL_SPANS_H

#include <stddef.h>
#include <stdint.h>

struct span {
	uint64_t start, end;
	const char *name; /* not owned */
	uint32_t rank;	  /* the highest wins among those with one start */
	uint32_t value;	  /* the user's */
	uint64_t reach;	  /* set by spans__sort: the highest end up to here */
};

/* All-zero is an empty one. */
struct spans {
	struct span *at; /* ascending by start, then rank, once sorted */
	size_t n, room;
};

/* One with start >= end is left out. Returns 0 or -ENOMEM. */
int spans__add(struct spans *spans, const struct span *span);
/* Once, after the last is added. */
void spans__sort(struct spans *spans);
void spans__free(struct spans *spans);
/* The innermost that holds the address: of the highest start; NULL = none. */
const struct span *spans__find(const struct spans *spans, uint64_t address);
/* Of those that hold the address the one with the highest rank. */
const struct span *spans__highest(const struct spans *spans, uint64_t address);
/* The last that starts at or before the address, whether it holds it or not. */
const struct span *spans__before(const struct spans *spans, uint64_t address);

#endif
