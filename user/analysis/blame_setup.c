// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "analysis/blame_state.h"
#include "lib/array.h"
#include "lib/u64map.h"
#include "model/holding.h"
#include "model/model.h"

#define MAX_PAIRS  65536 /* told apart: some 100 bytes each */
#define MAX_CIRCLE 64	 /* threads of a deadlock that are looked at */

static int set_up_tasks(struct blame *b)
{
	size_t i;

	for (i = 0; i < b->ntasks; i++) {
		const struct model_task *task = model__task(b->model, i);
		struct blame_task *t = &b->tasks[i];
		void *same;

		if (!task->traced)
			continue;
		t->id = (uint32_t)i;
		t->waker = t->external = t->next = BLAME_NONE;
		t->node.aim = (struct blame_aim){
			.root = BLAME_UNKNOWN, .task = t->id, .own_task = BLAME_NONE};
		same = u64map__get(b->by_tid, task->tid);
		t->same_tid = same ? (uint32_t)((uintptr_t)same - 1) : BLAME_NONE;
		if (u64map__set(b->by_tid, task->tid, (void *)(uintptr_t)(i + 1)))
			return -ENOMEM;
	}
	return 0;
}

static int add_circle(struct blame *b, const struct model_task *const *tasks,
		      const struct sync_object *const *objects, size_t n)
{
	size_t i, count = b->nmembers + n;
	struct blame_circle *circles = realloc(b->circles, (b->ncircles + 1) * sizeof(*circles));
	uint32_t *members;

	if (!circles)
		return -ENOMEM;
	b->circles = circles;
	members = realloc(b->members, count * sizeof(*members));
	if (!members)
		return -ENOMEM;
	b->members = members;
	circles[b->ncircles++] =
		(struct blame_circle){.first = (uint32_t)b->nmembers, .count = (uint32_t)n};
	for (i = 0; i < n; i++) {
		struct blame_task *t = &b->tasks[tasks[i]->id];

		t->circle = (uint32_t)b->ncircles;
		t->next = tasks[(i + 1) % n]->id;
		t->stuck_on = objects[i]->id;
		members[b->nmembers++] = tasks[i]->id;
	}
	return 0;
}

static int set_up_circles(struct blame *b)
{
	const struct model_task *tasks[MAX_CIRCLE];
	const struct sync_object *objects[MAX_CIRCLE];
	size_t i, n;
	int err = 0;

	for (i = 0; !err; i++) {
		n = model__deadlock(b->model, i, tasks, objects, MAX_CIRCLE);
		if (!n)
			break;
		err = add_circle(b, tasks, objects, n);
	}
	return err;
}

int blame__set_up(struct blame *b, uint64_t end)
{
	int err;

	b->end = end;
	b->ntasks = model__task_count(b->model);
	b->nlocks = model__object_count(b->model);
	b->tasks = calloc(b->ntasks + 1, sizeof(*b->tasks));
	b->locks = calloc(b->nlocks + 1, sizeof(struct blame_lock *));
	b->graph.task_ns = calloc(b->ntasks + 1, sizeof(*b->graph.task_ns));
	b->graph.sums = blame_sums__new(MAX_PAIRS);
	b->by_tid = u64map__new();
	if (!b->tasks || !b->locks || !b->graph.task_ns || !b->graph.sums || !b->by_tid)
		return -ENOMEM;
	err = set_up_tasks(b);
	return err ? err : set_up_circles(b);
}

void blame__tear_down(struct blame *b)
{
	size_t i;

	for (i = 0; b->tasks && i < b->ntasks; i++)
		bag__free(&b->tasks[i].node.below);
	for (i = 0; b->locks && i < b->nlocks; i++) {
		if (b->locks[i])
			bag__free(&b->locks[i]->node.below);
		free(b->locks[i]);
	}
	while (b->unused) {
		struct blame_lock *lock = b->unused;

		b->unused = lock->unused;
		bag__free(&lock->node.below);
		free(lock);
	}
	blame_sums__free(b->graph.sums);
	u64map__free(b->by_tid);
	free(b->graph.task_ns);
	free(b->tasks);
	free(b->locks);
	free(b->circles);
	free(b->members);
}
