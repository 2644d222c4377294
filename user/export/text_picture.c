// SPDX-License-Identifier: GPL-2.0-only
#include "export/text_picture.h"

#include <errno.h>
#include <stdlib.h>

#include "export/text_lane.h"
#include "lib/array.h"

#define MAX_LANES 4096 /* threads that are followed at all */

struct picture *picture__new(void)
{
	return calloc(1, sizeof(struct picture));
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
	free(p->threads);
	free(p->cpus);
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

int picture__add_task(struct picture *p, const struct task_slice *slice, uint64_t start_ns)
{
	uint32_t id = slice->task->id;
	struct thread *t = array__reserve(p->threads, &p->nthreads, id, sizeof(*t));

	if (!t)
		return -ENOMEM;
	p->threads = t;
	t += id;
	if (!t->task && p->nlanes < MAX_LANES) {
		t->lane = lane__new();
		if (!t->lane)
			return -ENOMEM;
		p->nlanes++;
	}
	t->task = slice->task;
	if (!t->lane)
		return 0;
	if (slice->state == TASK_RUNNING || slice->state == TASK_RUNNABLE)
		t->busy_ns += slice->end_ns - slice->start_ns;
	else
		t->blocked_ns += slice->end_ns - slice->start_ns;
	lane__add(t->lane, task_lane_state(slice), slice->start_ns - start_ns,
		  slice->end_ns - start_ns);
	return 0;
}

int picture__add_cpu(struct picture *p, const struct cpu_slice *slice, uint64_t start_ns)
{
	struct lane **cpus = array__reserve(p->cpus, &p->ncpus, slice->cpu, sizeof(*cpus));

	if (!cpus)
		return -ENOMEM;
	p->cpus = cpus;
	if (!cpus[slice->cpu])
		cpus[slice->cpu] = lane__new();
	if (!cpus[slice->cpu])
		return -ENOMEM;
	lane__add(cpus[slice->cpu], cpu_lane_state(slice->use), slice->start_ns - start_ns,
		  slice->end_ns - start_ns);
	return 0;
}
