/* SPDX-License-Identifier: GPL-2.0-only */
/* Copies of records that outlive the block they came in. */
#ifndef TRACE_KEPT_H
#define TRACE_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/events.h"

struct kept {
	uint64_t order; /* of copying: among records of one instant, the first comes first */
	uint32_t stream;
	uint32_t size; /* of the record; 0 = there is none */
	uint32_t room;
	uint32_t unused;
	uint64_t words[]; /* the record, up to its last byte in use */
};

/* A record and its place in the stream. */
struct kept_ref {
	uint64_t order;
	uint32_t stream;
	const union ct_event *ev; /* only its first `size` bytes */
	size_t size;
};

/* Puts a copy into *slot, which grows if need be. Returns 0 or -ENOMEM: then *slot is as it was. */
int kept__set(struct kept **slot, uint64_t order, uint32_t stream, const union ct_event *ev,
	      size_t size);
/* Whether there is a record. */
bool kept__is(const struct kept *k);
/* Whether there is one, of `ns` or later. */
bool kept__since(const struct kept *k, uint64_t ns);
/* There is none any more; the memory stays. */
void kept__drop(struct kept *k);
union ct_event *kept__event(struct kept *k);

/* A list that is sorted by stream, time and order when it is complete. All-zero is an empty one. */
struct kept_list {
	struct kept_ref *refs;
	size_t count, size;
	bool failed;
};

void kept_list__add(struct kept_list *list, struct kept *k); /* none: nothing is added */
void kept_list__add_ref(struct kept_list *list, const struct kept_ref *ref);
void kept_list__sort(struct kept_list *list);
void kept_list__free(struct kept_list *list);

#endif
