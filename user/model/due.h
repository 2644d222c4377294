/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is due, latest first, on a way back in time. Made for what comes nearly in order: that is
 * put into its place in a sorted array. What belongs further down in it goes to a heap instead.
 */
#ifndef MODEL_DUE_H
#define MODEL_DUE_H

#include <stddef.h>
#include <stdint.h>

struct due {
	uint64_t key;
	void *what;
};

struct due_queue {
	struct due *near, *far; /* near: earliest first; far: the heap */
	size_t nnear, nfar, near_size, far_size;
};

/* Returns 0 or -ENOMEM. */
int due__push(struct due_queue *q, struct due due);
/* The queue must not be empty. Of equal ones any comes first. */
struct due due__pop(struct due_queue *q);
/* NULL when it is empty. */
const struct due *due__first(const struct due_queue *q);
void due__clear(struct due_queue *q);

#endif
