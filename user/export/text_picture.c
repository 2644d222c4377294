// SPDX-License-Identifier: GPL-2.0-only
#include "export/text_picture.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "export/text_hold.h"
#include "export/text_lane.h"
#include "lib/array.h"

#define MAX_LANES 4096 /* threads that are followed at all, unless told otherwise */
#define MAX_LOCKS 4096 /* likewise locks */

struct picture *picture__new(const struct picture_scope *scope)
{
	struct picture *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->scope = *scope;
	if (!p->scope.to_ns)
		p->scope.to_ns = UINT64_MAX;
	if (!p->scope.buckets)
		p->scope.buckets = LANE_BUCKETS;
	if (!p->scope.most)
		p->scope.most = MAX_LANES;
	return p;
}

void picture__free(struct picture *p)
{
	size_t i;

	if (!p)
		return;
	for (i = 0; i < p->nthreads; i++)
		lane__free(p->threads[i].lane);
	for (i = 0; i < p->ncpus; i++)
		lane__free(p->cpus[i]);
	for (i = 0; i < p->nlocks; i++)
		lock_lane__clear(&p->locks[i]);
	free(p->threads);
	free(p->cpus);
	free(p->locks);
	free(p);
}

static unsigned int task_lane_state(const struct task_slice *slice)
{
	switch (slice->state) {
	case TASK_RUNNING:
		return LANE_RUNNING;
	case TASK_RUNNABLE:
		return LANE_RUNNABLE;
	case TASK_BLOCKED:
		return slice->wait->cause;
	case TASK_UNKNOWN:
		break;
	}
	return LANE_UNKNOWN;
}

static unsigned int cpu_lane_state(enum cpu_use use)
{
	switch (use) {
	case CPU_WORKLOAD:
		return LANE_RUNNING;
	case CPU_OTHER:
		return LANE_OTHER;
	case CPU_IDLE:
		return LANE_IDLE;
	case CPU_UNKNOWN:
		break;
	}
	return LANE_UNKNOWN;
}

/* Cuts a slice to what is drawn and counts from there; false: nothing of it is left. */
static bool clip(const struct picture *p, uint64_t start_ns, uint64_t *from, uint64_t *to)
{
	const struct picture_scope *s = &p->scope;

	*from -= start_ns;
	*to -= start_ns;
	if (*to <= s->from_ns || *from >= s->to_ns)
		return false;
	*from = (*from > s->from_ns ? *from : s->from_ns) - s->from_ns;
	*to = (*to < s->to_ns ? *to : s->to_ns) - s->from_ns;
	return *from < *to;
}

static struct lock_lane *lock_of(struct picture *p, uint32_t id)
{
	struct lock_lane *locks = array__reserve(p->locks, &p->nlocks, id, sizeof(*locks));

	if (!locks)
		return NULL;
	p->locks = locks;
	return &locks[id];
}

static int add_wait(struct picture *p, const struct task_slice *slice, uint64_t from, uint64_t to)
{
	const struct sync_object *object = slice->wait->object;
	struct lock_lane *lock;

	if (!p->scope.locks || !object || object->id >= MAX_LOCKS)
		return 0;
	lock = lock_of(p, object->id);
	return lock ? lock_lane__wait(lock, from, to, p->scope.buckets) : -ENOMEM;
}

int picture__add_hold(struct picture *p, const struct hold_slice *slice, uint64_t start_ns)
{
	uint64_t from = slice->start_ns, to = slice->end_ns;
	struct lock_lane *lock;

	if (slice->object->id >= MAX_LOCKS || from < start_ns || !clip(p, start_ns, &from, &to))
		return 0;
	lock = lock_of(p, slice->object->id);
	return lock ? lock_lane__hold(lock, slice->holder, from, to, p->scope.buckets) : -ENOMEM;
}

int picture__add_task(struct picture *p, const struct task_slice *slice, uint64_t start_ns)
{
	uint64_t from = slice->start_ns, to = slice->end_ns;
	uint32_t id = slice->task->id;
	struct thread *t;

	if (!clip(p, start_ns, &from, &to))
		return 0;
	t = array__reserve(p->threads, &p->nthreads, id, sizeof(*t));
	if (!t)
		return -ENOMEM;
	p->threads = t;
	t += id;
	if (!t->task && p->nlanes < p->scope.most) {
		t->lane = lane__new(p->scope.buckets);
		if (!t->lane)
			return -ENOMEM;
		p->nlanes++;
	}
	t->task = slice->task;
	if (!t->lane)
		return 0;
	if (slice->state == TASK_RUNNING || slice->state == TASK_RUNNABLE)
		t->busy_ns += to - from;
	else
		t->blocked_ns += to - from;
	lane__add(t->lane, task_lane_state(slice), from, to);
	return slice->state == TASK_BLOCKED ? add_wait(p, slice, from, to) : 0;
}

int picture__add_cpu(struct picture *p, const struct cpu_slice *slice, uint64_t start_ns)
{
	uint64_t from = slice->start_ns, to = slice->end_ns;
	struct lane **cpus;

	if (!clip(p, start_ns, &from, &to))
		return 0;
	cpus = array__reserve(p->cpus, &p->ncpus, slice->cpu, sizeof(*cpus));
	if (!cpus)
		return -ENOMEM;
	p->cpus = cpus;
	if (!cpus[slice->cpu])
		cpus[slice->cpu] = lane__new(p->scope.buckets);
	if (!cpus[slice->cpu])
		return -ENOMEM;
	lane__add(cpus[slice->cpu], cpu_lane_state(slice->use), from, to);
	return 0;
}

/* The workload's first thread is always of interest, then those that were busy, then blocked. */
static int busiest_first(const void *a, const void *b)
{
	const struct thread *x = *(const struct thread *const *)a;
	const struct thread *y = *(const struct thread *const *)b;

	if (x->task->root != y->task->root)
		return x->task->root ? -1 : 1;
	if (x->busy_ns != y->busy_ns)
		return x->busy_ns > y->busy_ns ? -1 : 1;
	if (x->blocked_ns != y->blocked_ns)
		return x->blocked_ns > y->blocked_ns ? -1 : 1;
	return x->task->id < y->task->id ? -1 : 1;
}

static int oldest_first(const void *a, const void *b)
{
	const struct thread *x = *(const struct thread *const *)a;
	const struct thread *y = *(const struct thread *const *)b;

	return x->task->id < y->task->id ? -1 : x->task->id > y->task->id;
}

int picture__choose(const struct picture *p, const bool *chosen, size_t most,
		    const struct thread ***shown, size_t *nshown)
{
	const struct thread **found = calloc(p->nlanes + 1, sizeof(*found));
	size_t i, n = 0;

	if (!found)
		return -ENOMEM;
	for (i = 0; i < p->nthreads; i++)
		if (p->threads[i].lane && (!chosen || chosen[i]))
			found[n++] = &p->threads[i];
	qsort(found, n, sizeof(*found), busiest_first);
	*nshown = n < most ? n : most;
	qsort(found, *nshown, sizeof(*found), oldest_first);
	*shown = found;
	return 0;
}
