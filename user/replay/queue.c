// SPDX-License-Identifier: GPL-2.0-only
/* The queue of a simulated CPU: a heap, who is furthest behind first. */
#include <errno.h>

#include "lib/array.h"
#include "replay/state.h"

bool queue__is_less(const struct sim *s, uint32_t a, uint32_t b)
{
	const struct sim_task *x = &s->tasks[a], *y = &s->tasks[b];

	if (x->place != y->place)
		return x->place < y->place;
	return x->since != y->since ? x->since < y->since : a < b;
}

static void sift_down(struct sim *s, struct sim_cpu *cpu, size_t i, uint32_t task)
{
	size_t child;

	while ((child = 2 * i + 1) < cpu->nqueue) {
		if (child + 1 < cpu->nqueue &&
		    queue__is_less(s, cpu->queue[child + 1], cpu->queue[child]))
			child++;
		if (!queue__is_less(s, cpu->queue[child], task))
			break;
		cpu->queue[i] = cpu->queue[child];
		i = child;
	}
	cpu->queue[i] = task;
}

static void sift_up(struct sim *s, struct sim_cpu *cpu, size_t i, uint32_t task)
{
	size_t up;

	for (; i && queue__is_less(s, task, cpu->queue[up = (i - 1) / 2]); i = up)
		cpu->queue[i] = cpu->queue[up];
	cpu->queue[i] = task;
}

void queue__add(struct sim *s, struct sim_cpu *cpu, uint32_t task)
{
	uint32_t *queue = array__reserve(cpu->queue, &cpu->queue_size, cpu->nqueue, sizeof(*queue));

	if (!queue) {
		s->failed = -ENOMEM;
		return;
	}
	cpu->queue = queue;
	s->nqueued++;
	sift_up(s, cpu, cpu->nqueue++, task);
}

uint32_t queue__take(struct sim *s, struct sim_cpu *cpu, size_t i)
{
	uint32_t task = cpu->queue[i], last = cpu->queue[--cpu->nqueue];

	s->nqueued--;
	if (i == cpu->nqueue)
		return task;
	if (i && queue__is_less(s, last, cpu->queue[(i - 1) / 2]))
		sift_up(s, cpu, i, last);
	else
		sift_down(s, cpu, i, last);
	return task;
}
