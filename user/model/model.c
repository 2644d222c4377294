// SPDX-License-Identifier: GPL-2.0-only
#include "model/model.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/arch.h"
#include "model/state.h"
#include "symbol/modules.h"
#include "symbol/unwind.h"
#include "trace/reader.h"
#include "trace/record.h"

static void choose_window(struct model *m)
{
	const struct trace_trailer *end = m->trailer;

	/* Of a recording without its beginning, the command's exec lies before what is told. */
	m->window_start =
		m->info->mode == TRACE_COMMAND && !m->info->recent ? UINT64_MAX : m->info->start_ns;
	m->window_end = end->last_end_ns ? end->last_end_ns : end->end_ns;
}

struct model *model__new(const struct trace_info *info, const struct trace_trailer *trailer)
{
	struct model *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->info = info;
	m->arch = arch__of_machine(info->machine);
	m->trailer = trailer;
	m->ncpus = info->ncpus;
	m->tasks = tasks__new();
	m->objects = objects__new();
	m->holders = holders__new();
	m->modules = modules__new();
	m->spaces = m->modules
			    ? spaces__new(m->modules, info->clock_realtime - info->clock_monotonic)
			    : NULL;
	m->kernel = kernel__new(info);
	m->stacks = stacks__new();
	m->python = m->modules ? python__new(m->modules) : NULL;
	m->files = files__new();
	m->allowed = allowed__new();
	m->blobs = m->modules && m->files ? blobs__new(m->modules, m->files) : NULL;
	m->lanes = calloc(m->ncpus ? m->ncpus : 1, sizeof(*m->lanes));
	if (!m->tasks || !m->objects || !m->holders || !m->lanes || !m->spaces || !m->stacks ||
	    !m->python || !m->blobs || !m->kernel || !m->allowed) {
		model__free(m);
		return NULL;
	}
	choose_window(m);
	return m;
}

void model__free(struct model *m)
{
	if (!m)
		return;
	tasks__free(m->tasks);
	objects__free(m->objects);
	holders__free(m->holders);
	blobs__free(m->blobs);
	files__free(m->files);
	allowed__free(m->allowed);
	python__free(m->python);
	stacks__free(m->stacks);
	spaces__free(m->spaces);
	modules__free(m->modules);
	kernel__free(m->kernel);
	free(m->lanes);
	free(m);
}

int model__add_sink(struct model *m, const struct model_sink *sink)
{
	struct outlet outlet;

	if (!sink->task_slice && !sink->cpu_slice && !sink->waking && !sink->hold &&
	    !sink->sample && !sink->disk)
		return 0;
	if (m->nsinks == MOST_SINKS)
		return -ENOSPC;
	m->sinks[m->nsinks++] = *sink;
	outlet = (struct outlet){sink->task_slice, sink->ctx};
	if (sink->task_slice)
		m->blocked_to[m->nblocked_to++] = outlet;
	if (sink->task_slice && !sink->blocked_only)
		m->others_to[m->nothers_to++] = outlet;
	return 0;
}

static void sample(struct model *m, unsigned int cpu, const struct ct_sample *s)
{
	struct task *task = life__task(m, s->h.tid, s->h.ts);

	if (task)
		emit__sample(m, cpu, s, task);
}

static void dispatch(struct model *m, unsigned int cpu, const union ct_event *ev)
{
	switch (ev->h.type) {
	case CT_SWITCH:
	case CT_SWITCH_WAIT:
	case CT_SWITCH_FUTEX:
		sched__switch(m, cpu, ev);
		break;
	case CT_WAKING:
	case CT_WAKING_FUTEX:
	case CT_WAKEUP_NEW:
		sched__waking(m, cpu, ev);
		break;
	case CT_FORK:
		life__fork(m, &ev->fork);
		break;
	case CT_EXEC:
		life__exec(m, &ev->exec);
		break;
	case CT_MEMORY:
		life__memory(m, &ev->memory);
		break;
	case CT_END:
		life__end(m, &ev->end);
		break;
	case CT_RENAME:
		life__rename(m, &ev->rename);
		break;
	case CT_ARRIVED:
		sched__arrived(m, cpu, &ev->arrived);
		break;
	case CT_QUEUED:
		sched__queued(m, &ev->arrived);
		break;
	case CT_SAMPLE:
		sample(m, cpu, &ev->sample);
		break;
	case CT_DISK:
		emit__disk(m, &ev->disk);
		break;
	case CT_LOST:
		life__lost(m, cpu, &ev->lost);
		break;
	default: /* a type of a later version */
		break;
	}
}

static void note_stack_bounds(struct model_task *task, uint64_t sp, uint64_t tls)
{
	if (!task->stack_low || sp < task->stack_low)
		task->stack_low = sp;
	if (!task->tls)
		task->tls = tls;
	if (sp > task->stack_high)
		task->stack_high = sp;
}

static int add_stack(struct model *m, const struct ct_hdr *h, uint32_t pid, uint64_t id,
		     uint64_t tls, const struct unwind_input *copy)
{
	struct task *task = life__task(m, h->tid, h->ts);

	if (!task)
		return 0;
	if (!task->space && pid)
		task->space = spaces__of_process(m->spaces, pid);
	note_stack_bounds(&task->pub, copy->regs.sp, tls);
	return stacks__add(m->stacks, id, copy, spaces__at(m->spaces, life__space(m, task)));
}

static int add_stack_x86(struct model *m, const struct ct_stack *s)
{
	struct unwind_input copy = {.regs = s->regs, .bytes = s->bytes, .len = s->len};

	return add_stack(m, &s->h, s->pid, s->id, s->tls, &copy);
}

static int add_stack_arm64(struct model *m, const struct ct_stack_arm64 *s)
{
	struct unwind_input copy = {
		.is_arm64 = true, .arm64 = s->regs, .bytes = s->bytes, .len = s->len};

	return add_stack(m, &s->h, s->pid, s->id, s->tls, &copy);
}

/* Records that describe others. True if it was one. */
static bool describe(struct model *m, const union ct_event *ev)
{
	struct task *task;
	int ret = 0;

	switch (ev->h.type) {
	case CT_TASK:
		life__snapshot(m, &ev->task);
		return true;
	case CT_STACK:
		ret = add_stack_x86(m, &ev->stack);
		break;
	case CT_STACK_ARM64:
		ret = add_stack_arm64(m, &ev->stack_arm64);
		break;
	case CT_FILE:
		ret = files__add(m->files, &ev->file);
		break;
	case CT_BLOCKED:
		task = tasks__find(m->tasks, ev->h.tid);
		if (task && task->guessed && task->phase == PHASE_BLOCKED)
			wait__described(m, task, &ev->blocked);
		break;
	case CT_AFFINITY:
		life__affinity(m, &ev->affinity);
		break;
	case CT_MAP:
		ret = spaces__map(m->spaces, &ev->map);
		break;
	case CT_RUNTIME:
		life__runtime(m, &ev->runtime);
		break;
	case CT_PYTHON_CODE:
		ret = python__code(m, &ev->python_code);
		break;
	case CT_PYTHON_STACK:
		ret = python__stack(m, &ev->python_stack);
		break;
	case CT_PYTHON_AT:
		ret = python__at(m, &ev->python_at);
		break;
	case CT_PYTHON_THREAD:
		ret = python__thread(m, &ev->python_thread);
		break;
	case CT_PYTHON_TASK:
		ret = python__task(m, &ev->python_task);
		break;
	case CT_BLOB:
		ret = blobs__add(m->blobs, &ev->blob);
		break;
	default:
		return false;
	}
	if (ret && !m->failed)
		m->failed = ret;
	return true;
}

static void apply(struct model *m, const struct trace_event *te)
{
	if (te->cpu >= m->ncpus || te->ev->h.ts > m->window_end)
		return;
	m->lanes[te->cpu].used = true;
	dispatch(m, te->cpu, te->ev);
}

static void apply_held(struct model *m)
{
	const struct trace_event *held = python__held(m);

	if (held && !m->failed)
		apply(m, held);
}

int model__apply(struct model *m, const struct trace_event *te)
{
	if (m->failed)
		return m->failed;
	if (!record__says_more(te->ev->h.type))
		apply_held(m);
	if (!describe(m, te->ev) && !python__hold_back(m, te))
		apply(m, te);
	return m->failed;
}

static void finish_task(struct model *m, struct task *task)
{
	uint64_t begin = task->begin, end = m->window_end;

	if (task->phase != PHASE_ENDED && task->since < end)
		sched__settle(m, task, end);
	if (task->phase == PHASE_ENDED && task->pub.end_ns < end)
		end = task->pub.end_ns;
	if (begin < m->window_start)
		begin = m->window_start;
	if (end < begin)
		end = begin;
	task->pub.start_ns = begin - m->info->start_ns;
	task->pub.end_ns = end - m->info->start_ns;
}

/* A task that the snapshot saw on the CPU and that never left it. */
static struct task *never_left(const struct model *m, unsigned int cpu)
{
	size_t i;

	for (i = 0; i < tasks__count(m->tasks); i++) {
		struct task *task = tasks__at(m->tasks, i);

		if (task->phase == PHASE_RUNNING && task->guessed && task->cpu == cpu)
			return task;
	}
	return NULL;
}

static void finish_lane(struct model *m, unsigned int cpu)
{
	struct lane *lane = &m->lanes[cpu];

	/* Holes in the numbering are CPUs that are not there. */
	if (!lane->used && m->info->online != m->ncpus)
		return;
	if (!lane->known && !lane->since) { /* not one switch, nothing lost */
		lane->known = true;
		lane->task = never_left(m, cpu);
	}
	emit__cpu(m, cpu, m->window_end, NULL);
}

int model__finish(struct model *m)
{
	unsigned int cpu;
	size_t i;

	if (m->window_start == UINT64_MAX) /* the command never came to run */
		m->window_start = m->info->start_ns;
	if (m->window_end < m->window_start)
		m->window_end = m->window_start;
	apply_held(m);
	holders__finish(m);
	for (cpu = 0; cpu < m->ncpus && !m->failed; cpu++)
		finish_lane(m, cpu);
	for (i = 0; i < tasks__count(m->tasks) && !m->failed; i++)
		finish_task(m, tasks__at(m->tasks, i));
	return m->failed;
}

uint64_t model__window_start(const struct model *m)
{
	return m->window_start == UINT64_MAX ? 0 : m->window_start - m->info->start_ns;
}

uint64_t model__window_end(const struct model *m)
{
	return m->window_end - m->info->start_ns;
}

size_t model__task_count(const struct model *m)
{
	return tasks__count(m->tasks);
}

const struct model_task *model__task(const struct model *m, size_t id)
{
	const struct task *task = tasks__at(m->tasks, id);

	return task ? &task->pub : NULL;
}

size_t model__object_count(const struct model *m)
{
	return objects__count(m->objects);
}

const struct sync_object *model__object(const struct model *m, size_t id)
{
	return objects__at(m->objects, id);
}

const struct model_stack *model__stack(const struct model *m, uint64_t id)
{
	return stacks__find(m->stacks, id);
}

size_t model__file_count(const struct model *m)
{
	return files__count(m->files);
}

const struct file_info *model__file(const struct model *m, size_t index)
{
	return files__at(m->files, index);
}

size_t model__space_count(const struct model *m)
{
	return spaces__count(m->spaces);
}

const struct model_space *model__space(const struct model *m, uint32_t id)
{
	return spaces__at(m->spaces, id);
}

const char *model__mount(const struct model *m, uint32_t dev)
{
	return files__mount(m->files, dev);
}

const char *model__kernel_symbol(const struct model *m, uint64_t address, uint64_t *offset)
{
	return kernel__symbol(m->kernel, address, offset);
}

const struct modules *model__modules(const struct model *m)
{
	return m->modules;
}

const struct arch *model__arch(const struct model *m)
{
	return m->arch;
}

const uint64_t *model__allowed(const struct model *m, uint32_t id, size_t *words)
{
	return allowed__cpus(m->allowed, id, words);
}

unsigned int model__cpus(const struct model *m)
{
	return m->ncpus;
}

const uint64_t *model__lost(const struct model *m)
{
	return m->lost;
}
