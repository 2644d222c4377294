// SPDX-License-Identifier: GPL-2.0-only
#include "replay/recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "model/gil.h"

#define MOST_CPUS 1024
/* Who is stopped sooner than this had not used up a time slice: somebody more urgent came. */
#define SHORTEST_SLICE_NS 1000000u

static struct kept_task *task_of(struct recording *rec, uint32_t id)
{
	size_t had = rec->ntasks;
	struct kept_task *tasks = array__reserve(rec->tasks, &rec->ntasks, id, sizeof(*tasks));

	if (!tasks)
		return NULL;
	rec->tasks = tasks;
	for (; had < rec->ntasks; had++)
		tasks[had].creator = REPLAY_NONE;
	return &tasks[id];
}

static uint32_t id_of(const struct model_task *task)
{
	return task && task->traced ? task->id : REPLAY_NONE;
}

static int add_number(uint64_t **array, size_t *count, size_t *size, uint64_t value)
{
	uint64_t *grown = array__reserve(*array, size, *count, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	*array = grown;
	grown[(*count)++] = value;
	return 0;
}

int recording__add_busy(struct replay_cpu *cpu, uint64_t start, uint64_t end)
{
	struct replay_busy *busy = array__reserve(cpu->busy, &cpu->size, cpu->count, sizeof(*busy));

	if (!busy)
		return -ENOMEM;
	cpu->busy = busy;
	busy[cpu->count++] = (struct replay_busy){start, end};
	return 0;
}

/* For how long it wanted one of these CPUs. */
static int note_allowed(struct recording *rec, const struct task_slice *s)
{
	uint64_t *allowed =
		array__reserve(rec->allowed_ns, &rec->nallowed, s->allowed, sizeof(*allowed));

	if (!allowed)
		return -ENOMEM;
	rec->allowed_ns = allowed;
	allowed[s->allowed] += s->end_ns - s->start_ns;
	return 0;
}

/* It went to a CPU that had been idle since before. */
static bool was_idle(const struct kept_idle *cpu, const struct kept_task *task,
		     const struct task_slice *s)
{
	return cpu->end_ns == s->start_ns && cpu->start_ns <= task->woken_ns;
}

/*
 * How long it took from the waking, if no other task of the program was on that CPU meanwhile: then
 * it is due to the machine. Where another task woke it, only if the CPU was idle: the wait may not
 * be there another time, but the other programs are.
 */
static bool is_latency(const struct kept_idle *cpu, const struct kept_task *task,
		       const struct task_slice *s)
{
	const struct kept_slice *last = task->nslices ? &task->slices[task->nslices - 1] : NULL;

	if (s->start_ns - task->woken_ns >= REPLAY_NONE)
		return false;
	if (was_idle(cpu, task, s))
		return true;
	return last && last->state == TASK_BLOCKED && last->waker == REPLAY_NONE &&
	       cpu->work_end_ns <= task->woken_ns;
}

/* It has got a CPU: what did it wait for until then? */
static int note_waited(struct recording *rec, struct kept_task *task, const struct task_slice *s)
{
	const struct kept_idle *cpu = s->cpu < MOST_CPUS ? &rec->idle[s->cpu] : NULL;
	struct kept_slice *last = task->nslices ? &task->slices[task->nslices - 1] : NULL;
	bool woken = task->woken, queued = task->queued;

	task->woken = task->queued = false;
	if (!woken || !cpu || !is_latency(cpu, task, s))
		return queued ? recording__add_busy(&rec->wanted, task->queued_ns, s->start_ns) : 0;
	if (last && last->state == TASK_BLOCKED)
		last->latency = (uint32_t)(s->start_ns - task->woken_ns);
	if (!was_idle(cpu, task, s))
		return 0;
	return add_number(&rec->latencies, &rec->nlatencies, &rec->latencies_size,
			  s->start_ns - task->woken_ns);
}

/* Another of the words that belong to Python's interpreter lock than that of its release. */
static bool is_in_vain(const struct wait *wait)
{
	return wait && wait->object && wait->cause == CAUSE_GIL &&
	       gil__word(wait->object, wait->args[0]) != GIL_FREE;
}

static int keep(struct kept_task *task, const struct task_slice *s)
{
	struct kept_slice *slices =
		array__reserve(task->slices, &task->slices_size, task->nslices, sizeof(*slices));
	bool sure = s->wait && s->wait->confidence == CONFIDENCE_HIGH;

	if (!slices)
		return -ENOMEM;
	task->slices = slices;
	slices[task->nslices++] = (struct kept_slice){
		.start_ns = s->start_ns,
		.end_ns = s->end_ns,
		.state = (uint8_t)s->state,
		.woken_by = (uint8_t)s->woken_by,
		.waker = s->state == TASK_BLOCKED ? id_of(s->waker) : REPLAY_NONE,
		.cause = (uint8_t)(s->wait ? s->wait->cause : CAUSE_OTHER),
		.object = s->wait && s->wait->object ? s->wait->object->id : REPLAY_NONE,
		.holder = sure ? id_of(s->wait->holder) : REPLAY_NONE,
		.iowait = s->wait && s->wait->iowait,
		.in_vain = is_in_vain(s->wait),
		.latency = REPLAY_NONE,
		.cpu = s->cpu < MOST_CPUS ? (uint16_t)s->cpu : NOWHERE,
	};
	return 0;
}

static int add_task(void *ctx, const struct task_slice *s)
{
	struct recording *rec = ctx;
	struct kept_task *task = task_of(rec, s->task->id);
	struct kept_slice *last;
	int err = 0;

	if (!task)
		return -ENOMEM;
	last = task->nslices ? &task->slices[task->nslices - 1] : NULL;
	if (s->state == TASK_RUNNABLE) {
		if (note_allowed(rec, s))
			return -ENOMEM;
		task->queued_ns = s->start_ns;
		task->queued = true;
		if (!s->preempted) {
			task->woken = true;
			task->woken_ns = s->start_ns;
			return 0;
		}
		if (last && last->state == TASK_RUNNING &&
		    last->end_ns - last->start_ns >= SHORTEST_SLICE_NS)
			err = add_number(&rec->stints, &rec->nstints, &rec->stints_size,
					 last->end_ns - last->start_ns);
	} else if (s->state == TASK_RUNNING) {
		err = note_waited(rec, task, s);
		if (s->cpu < MOST_CPUS) {
			rec->idle[s->cpu].work_ns += s->end_ns - s->start_ns;
			rec->idle[s->cpu].work_end_ns = s->end_ns;
		}
	}
	return err ? err : keep(task, s);
}

static int add_cpu(void *ctx, const struct cpu_slice *s)
{
	struct recording *rec = ctx;
	struct replay_cpu *cpu;

	if (s->cpu >= MOST_CPUS)
		return 0;
	if (s->use == CPU_IDLE) {
		rec->idle[s->cpu].start_ns = s->start_ns;
		rec->idle[s->cpu].end_ns = s->end_ns;
		rec->idle[s->cpu].idle_ns += s->end_ns - s->start_ns;
	}
	if (s->use != CPU_OTHER)
		return 0;
	cpu = &rec->cpus[s->cpu];
	if (cpu->count && cpu->busy[cpu->count - 1].end_ns == s->start_ns) {
		cpu->busy[cpu->count - 1].end_ns = s->end_ns;
		return 0;
	}
	return recording__add_busy(cpu, s->start_ns, s->end_ns);
}

static int add_waking(void *ctx, const struct model_waking *w)
{
	struct recording *rec = ctx;
	struct kept_task *task;

	if (!w->new_task || !w->wakee->traced)
		return 0;
	task = task_of(rec, w->wakee->id);
	if (!task)
		return -ENOMEM;
	task->creator = id_of(w->waker);
	task->started_ns = w->ns;
	return 0;
}

static int add_sample(void *ctx, const struct model_sample *s)
{
	struct recording *rec = ctx;
	struct kept_task *task = task_of(rec, s->task->id);
	struct kept_sample *samples;

	if (!task)
		return -ENOMEM;
	samples = array__reserve(task->samples, &task->samples_size, task->nsamples,
				 sizeof(*samples));
	if (!samples)
		return -ENOMEM;
	task->samples = samples;
	samples[task->nsamples++] = (struct kept_sample){s->ns, s->stack};
	return 0;
}

struct model_sink recording__sink(struct recording *rec)
{
	return (struct model_sink){
		.ctx = rec,
		.task_slice = add_task,
		.cpu_slice = add_cpu,
		.waking = add_waking,
		.sample = add_sample,
	};
}

void recording__clear(struct recording *rec)
{
	size_t i;

	for (i = 0; i < rec->ntasks; i++) {
		free(rec->tasks[i].slices);
		free(rec->tasks[i].samples);
	}
	for (i = 0; i < MOST_CPUS; i++)
		free(rec->cpus[i].busy);
	free(rec->wanted.busy);
	free(rec->tasks);
	free(rec->latencies);
	free(rec->stints);
	free(rec->allowed_ns);
	memset(rec, 0, sizeof(*rec));
}
