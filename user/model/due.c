// SPDX-License-Identifier: GPL-2.0-only
#include "model/due.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"

#define NEAR 16 /* places down the array that are worth looking at */

static int push_far(struct due_queue *q, struct due due)
{
	size_t i = q->nfar;
	struct due *heap = array__reserve(q->far, &q->far_size, i, sizeof(*heap));

	if (!heap)
		return -ENOMEM;
	q->far = heap;
	for (; i && heap[(i - 1) / 2].key < due.key; i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = due;
	q->nfar++;
	return 0;
}

static struct due pop_far(struct due_queue *q)
{
	struct due *heap = q->far, last = heap[--q->nfar], top = heap[0];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < q->nfar) {
		/* No branch: nobody can guess it. One past the end is `last`, no longer in it. */
		child += (child + 1 < q->nfar) & (heap[child + 1].key > heap[child].key);
		if (heap[child].key <= last.key)
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = last;
	return top;
}

int due__push(struct due_queue *q, struct due due)
{
	struct due *near = q->near;
	size_t i = q->nnear, least = i > NEAR ? i - NEAR : 0;

	while (i > least && near[i - 1].key > due.key)
		i--;
	if (i && near[i - 1].key > due.key)
		return push_far(q, due);
	near = array__reserve(near, &q->near_size, q->nnear, sizeof(*near));
	if (!near)
		return -ENOMEM;
	q->near = near;
	memmove(&near[i + 1], &near[i], (q->nnear - i) * sizeof(*near));
	near[i] = due;
	q->nnear++;
	return 0;
}

struct due due__pop(struct due_queue *q)
{
	if (q->nfar && (!q->nnear || q->far[0].key > q->near[q->nnear - 1].key))
		return pop_far(q);
	return q->near[--q->nnear];
}

const struct due *due__first(const struct due_queue *q)
{
	const struct due *near = q->nnear ? &q->near[q->nnear - 1] : NULL;

	if (q->nfar && (!near || q->far[0].key > near->key))
		return &q->far[0];
	return near;
}

void due__clear(struct due_queue *q)
{
	free(q->near);
	free(q->far);
	*q = (struct due_queue){0};
}
