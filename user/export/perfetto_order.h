/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets that carry a time, put in order as far as they are here together: then a time is told as
 * the distance to the one before it, in a byte or two instead of eight.
 */
#ifndef EXPORT_PERFETTO_ORDER_H
#define EXPORT_PERFETTO_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "export/proto.h"

/* All-zero is a valid empty one. */
struct order {
	struct proto bodies;
	struct order_entry *entries, *other; /* `other`: room to sort */
	size_t n, room;
	bool failed; /* out of memory: nothing of it is good any more */
};

/* Opens one; what is added to what it returns, until order__end, is the packet but for its head. */
struct proto *order__begin(struct order *o, uint64_t ts);
void order__end(struct order *o);
/* There are enough to be worth sorting. */
bool order__is_full(const struct order *o);

/* Those of the same time stay in the order they came in. */
void order__sort(struct order *o);
/* The i-th of them, after order__sort, which also gives their number. */
const uint8_t *order__body(const struct order *o, size_t i, size_t *len, uint64_t *ts);

void order__reset(struct order *o);
void order__free(struct order *o);

#endif
