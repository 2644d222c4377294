/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sums by a 64-bit key (a stack, a task), for very many small sets: an empty one is NULL, one with
 * one key takes 32 bytes. What comes when a set is full is not kept: callers know the whole and
 * tell the difference.
 */
#ifndef ANALYSIS_COUNTS_H
#define ANALYSIS_COUNTS_H

#include <stddef.h>
#include <stdint.h>

struct count {
	uint64_t key, n; /* n is not 0 */
	uint64_t sum;	 /* of ns, or of what the caller adds up */
};

struct counts;

/* Adds to the key's sums, as long as there are at most `most` keys. Returns 0 or -ENOMEM. */
int counts__add(struct counts **c, uint64_t key, uint64_t n, uint64_t sum, size_t most);
size_t counts__keys(const struct counts *c);
/* Start with *pos = 0; no particular order. NULL at the end. */
const struct count *counts__next(const struct counts *c, size_t *pos);
void counts__free(struct counts *c);

/*
 * The keys with the largest sum (then the largest n, then the smallest key) into out[], largest
 * first. Returns their number, at most `most`.
 */
size_t counts__top(const struct counts *c, struct count *out, size_t most);

#endif
