/* SPDX-License-Identifier: GPL-2.0-only */
/* The inside of history.c and rewind.c: entries of the tape. */
#ifndef MODEL_HISTORY_CODE_H
#define MODEL_HISTORY_CODE_H

#include <stddef.h>
#include <stdint.h>

#include "model/past.h"

#define HISTORY_ENTRY 128 /* bytes; the longest is shorter */

/* One of the four, by kind. */
struct past {
	enum past_kind kind;
	union {
		struct past_task task;
		struct past_cpu cpu;
		struct past_hold hold;
		struct past_sample sample;
	};
};

/* Stacks are numbered in the order in which they come up; number 0 is no stack. */
struct stack_numbers {
	struct u64map *by_id;
	uint64_t *ids; /* by number */
	size_t count, size;
	uint64_t last_id[2]; /* most are one of the two last ones */
	uint64_t last_number[2];
};

struct history {
	struct tape *tape;
	struct scribe *scribe; /* writes to it */
	struct stack_numbers stacks;
	uint64_t *last; /* by task id: 1 + end of its last slice, 0 = none yet */
	size_t ntasks;
	uint64_t latest; /* the latest end so far */
};

/*
 * Entries come a while after what they tell has ended. `latest` is the latest end told so far: what
 * is further back on the tape ends no later than that.
 */
size_t history_code__put(const struct history *h, const struct past *past, uint64_t latest,
			 uint8_t bytes[HISTORY_ENTRY]);
/* Sets *latest, that at this entry, to that at the entry before. `bytes` are from the tape. */
void history_code__get(const struct history *h, const uint8_t *bytes, uint64_t *latest,
		       struct past *past);

/* The end of what it tells. */
uint64_t past__end(const struct past *past);
/* Its number; UINT64_MAX when out of memory. */
uint64_t stack_number(struct stack_numbers *s, uint64_t id);

#endif
