// SPDX-License-Identifier: GPL-2.0-only
#include "export/csv_slices.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "export/csv_places.h"
#include "export/csv_set.h"
#include "model/file_info.h"
#include "symbol/modules.h"

/* A thread is its id in the table `threads`; its tid, which another may have had, and its name. */
#define WHO(prefix)                                                                                \
	{prefix "thread", R_INT, false},                                                           \
	{                                                                                          \
		prefix "tid", R_INT, false                                                         \
	}
#define WHO_CELLS 2

static const struct csv_column task_columns[] = {
	{"thread", R_INT, true},
	{"tid", R_INT, true},
	{"pid", R_INT, false},
	{"comm", R_TEXT, false},
	{"start_ns", R_INT, true},
	{"end_ns", R_INT, true},
	{"state", R_TEXT, true},
	{"cpu", R_INT, false},
	{"cause", R_TEXT, false},
	{"sync", R_INT, false},
	{"file_id", R_INT, false},
	{"stack", R_TEXT, false},
	{"iowait", R_BOOL, false},
	WHO("holder_"),
	{"confidence", R_TEXT, false},
	{"preempted", R_BOOL, false},
	{"throttled", R_BOOL, false},
	{"woken_by", R_TEXT, false},
	WHO("waker_"),
	{"waker_stack", R_TEXT, false},
	{"waker_file_id", R_INT, false},
};

static const struct csv_column cpu_columns[] = {
	{"cpu", R_INT, true},
	{"start_ns", R_INT, true},
	{"end_ns", R_INT, true},
	{"use", R_TEXT, true},
	WHO(""),
	{"pid", R_INT, false},
	{"comm", R_TEXT, false},
	{"prio", R_INT, false},
	{"prev_state", R_INT, false},
	{"preempt", R_BOOL, false},
};

static const struct csv_column waking_columns[] = {
	{"ns", R_INT, true},
	{"cpu", R_INT, true},
	{"target_cpu", R_INT, true},
	WHO(""),
	WHO("waker_"),
	{"hardirq", R_BOOL, true},
	{"softirq", R_BOOL, true},
	{"new_task", R_BOOL, true},
	{"prio", R_INT, true},
	{"waker_stack", R_TEXT, false},
	{"waker_file_id", R_INT, false},
};

static const struct csv_column hold_columns[] = {
	{"sync", R_INT, true},		WHO("holder_"),
	{"holder_comm", R_TEXT, false}, {"start_ns", R_INT, true},
	{"end_ns", R_INT, true},	{"confidence", R_TEXT, true},
	{"waiters", R_INT, true},	{"release_stack", R_TEXT, false},
};

static const struct csv_column sample_columns[] = {
	{"ns", R_INT, true},	   {"cpu", R_INT, true},     WHO(""),
	{"pid", R_INT, false},	   {"comm", R_TEXT, false},  {"kernel", R_BOOL, true},
	{"held", R_INT, false},	   {"stack", R_TEXT, false}, {"module", R_TEXT, false},
	{"offset", R_TEXT, false}, {"place", R_INT, false},
};

static const struct csv_column disk_columns[] = {
	{"dev", R_TEXT, true},	  {"issued_ns", R_INT, true},
	{"done_ns", R_INT, true}, {"op", R_TEXT, true},
	{"sector", R_INT, true},  {"bytes", R_INT, true},
	{"error", R_INT, true},	  WHO(""),
	{"comm", R_TEXT, false},
};

struct csv_slices {
	struct csv_table *tasks, *cpus, *wakings, *holds, *samples, *disks;
	struct csv_places *places;
};

#define ADD(set, name, columns)                                                                    \
	csv_set__add(set, name, columns, sizeof(columns) / sizeof(*(columns)))

int csv_slices__new(struct csv_set *s, struct csv_slices **out)
{
	struct csv_slices *c = calloc(1, sizeof(*c));

	*out = c;
	if (!c)
		return -ENOMEM;
	c->places = csv_places__new();
	if (!c->places)
		return -ENOMEM;
	c->tasks = ADD(s, "task_slices", task_columns);
	c->cpus = ADD(s, "cpu_slices", cpu_columns);
	c->wakings = ADD(s, "wakings", waking_columns);
	c->holds = ADD(s, "holds", hold_columns);
	c->samples = ADD(s, "samples", sample_columns);
	c->disks = ADD(s, "disk_requests", disk_columns);
	if (c->tasks && c->cpus && c->wakings && c->holds && c->samples && c->disks)
		return 0;
	return csv_set__error(s);
}

void csv_slices__free(struct csv_slices *c)
{
	if (c)
		csv_places__free(c->places);
	free(c);
}

int csv_slices__finish(struct csv_slices *c, struct csv_set *s)
{
	return csv_places__write(s, c->places);
}

static void put_who(struct csv_table *t, const struct model_task *task)
{
	csv__int_if(t, task, task ? task->id : 0);
	csv__int_if(t, task, task ? task->tid : 0);
}

static void put_pid(struct csv_table *t, const struct model_task *task)
{
	csv__int_if(t, task && task->pid, task ? task->pid : 0);
}

/* The name that it bore just then. */
static void put_comm(struct csv_table *t, const struct model_task *task)
{
	csv__text(t, task && (task->known || task->comm[0]) ? task->comm : NULL);
}

static void put_file(struct csv_table *t, const struct file_info *file)
{
	csv__int_if(t, file, file ? file->index : 0);
}

static void put_object(struct csv_table *t, const struct sync_object *object)
{
	csv__int_if(t, object, object ? object->id : 0);
}

static void put_none(struct csv_table *t, unsigned int n)
{
	while (n--)
		csv__none(t);
}

static const char *confidence_name(enum confidence confidence)
{
	static const char *const names[] = {
		[CONFIDENCE_NONE] = "none",
		[CONFIDENCE_LOW] = "low",
		[CONFIDENCE_MEDIUM] = "medium",
		[CONFIDENCE_HIGH] = "high",
	};

	return names[confidence];
}

static const char *source_name(enum wake_source source)
{
	static const char *const names[] = {
		[WAKE_UNKNOWN] = "unknown", [WAKE_TASK] = "task", [WAKE_TIMER] = "timer",
		[WAKE_NETWORK] = "network", [WAKE_DISK] = "disk", [WAKE_IRQ] = "irq",
	};

	return names[source];
}

static const char *state_name(enum task_state state)
{
	static const char *const names[] = {
		[TASK_RUNNING] = "running",
		[TASK_RUNNABLE] = "runnable",
		[TASK_BLOCKED] = "blocked",
		[TASK_UNKNOWN] = "unknown",
	};

	return names[state];
}

static const char *use_name(enum cpu_use use)
{
	static const char *const names[] = {
		[CPU_WORKLOAD] = "workload",
		[CPU_OTHER] = "other",
		[CPU_IDLE] = "idle",
		[CPU_UNKNOWN] = "unknown",
	};

	return names[use];
}

static void put_wait(struct csv_table *t, const struct wait *wait)
{
	if (!wait) {
		put_none(t, 5 + WHO_CELLS + 1);
		return;
	}
	csv__text(t, cause__name(wait->cause));
	put_object(t, wait->object);
	put_file(t, wait->file);
	csv__hex(t, wait->stack);
	csv__bool(t, wait->iowait);
	put_who(t, wait->holder);
	csv__text(t, wait->holder ? confidence_name(wait->confidence) : NULL);
}

int csv_slices__task(struct csv_slices *c, const struct task_slice *slice)
{
	bool runnable = slice->state == TASK_RUNNABLE;
	bool woken = slice->state == TASK_BLOCKED || (runnable && !slice->preempted);
	struct csv_table *t = c->tasks;

	csv__begin(t);
	put_who(t, slice->task);
	put_pid(t, slice->task);
	put_comm(t, slice->task);
	csv__int(t, (int64_t)slice->start_ns);
	csv__int(t, (int64_t)slice->end_ns);
	csv__text(t, state_name(slice->state));
	csv__int_if(t, slice->cpu != UINT32_MAX, slice->cpu);
	put_wait(t, slice->wait);
	if (runnable) {
		csv__bool(t, slice->preempted);
		csv__bool(t, slice->throttled);
	} else {
		put_none(t, 2);
	}
	csv__text(t, woken ? source_name(slice->woken_by) : NULL);
	put_who(t, slice->waker);
	csv__hex(t, slice->waker_stack);
	put_file(t, slice->waker_file);
	return csv__end(t);
}

int csv_slices__cpu(struct csv_slices *c, const struct cpu_slice *slice)
{
	struct csv_table *t = c->cpus;

	csv__begin(t);
	csv__int(t, slice->cpu);
	csv__int(t, (int64_t)slice->start_ns);
	csv__int(t, (int64_t)slice->end_ns);
	csv__text(t, use_name(slice->use));
	put_who(t, slice->task);
	put_pid(t, slice->task);
	put_comm(t, slice->task);
	csv__int_if(t, slice->task, slice->prio);
	csv__int_if(t, slice->switched, slice->prev_state);
	if (slice->switched)
		csv__bool(t, slice->preempt);
	else
		csv__none(t);
	return csv__end(t);
}

int csv_slices__waking(struct csv_slices *c, const struct model_waking *waking)
{
	struct csv_table *t = c->wakings;

	csv__begin(t);
	csv__int(t, (int64_t)waking->ns);
	csv__int(t, waking->cpu);
	csv__int(t, waking->target_cpu);
	put_who(t, waking->wakee);
	put_who(t, waking->waker);
	csv__bool(t, waking->hardirq);
	csv__bool(t, waking->softirq);
	csv__bool(t, waking->new_task);
	csv__int(t, waking->prio);
	csv__hex(t, waking->waker_stack);
	put_file(t, waking->waker_file);
	return csv__end(t);
}

int csv_slices__hold(struct csv_slices *c, const struct hold_slice *slice)
{
	struct csv_table *t = c->holds;

	csv__begin(t);
	put_object(t, slice->object);
	put_who(t, slice->holder);
	put_comm(t, slice->holder);
	csv__int(t, (int64_t)slice->start_ns);
	csv__int(t, (int64_t)slice->end_ns);
	csv__text(t, confidence_name(slice->confidence));
	csv__int(t, slice->waiters);
	csv__hex(t, slice->release_stack);
	return csv__end(t);
}

int csv_slices__sample(struct csv_slices *c, const struct model_sample *sample)
{
	const struct frame *leaf = &sample->leaf;
	int64_t place = csv_places__id(c->places, leaf);
	struct csv_table *t = c->samples;

	csv__begin(t);
	csv__int(t, (int64_t)sample->ns);
	csv__int(t, sample->cpu);
	put_who(t, sample->task);
	put_pid(t, sample->task);
	put_comm(t, sample->task);
	csv__bool(t, sample->kernel);
	put_object(t, sample->held);
	csv__hex(t, sample->stack);
	csv__text(t, leaf->module ? module__name(leaf->module) : NULL);
	csv__hex(t, leaf->module ? leaf->address : leaf->ip);
	csv__int_if(t, place >= 0, place);
	return csv__end(t);
}

int csv_slices__disk(struct csv_slices *c, const struct model_disk *disk)
{
	/* enum req_op: include/linux/blk_types.h */
	static const char *const ops[] = {"read", "write", "flush", "discard"};
	struct csv_table *t = c->disks;
	char dev[32];

	snprintf(dev, sizeof(dev), "%u:%u", disk->dev >> 20, disk->dev & 0xfffff);
	csv__begin(t);
	csv__text(t, dev);
	csv__int(t, (int64_t)disk->issued_ns);
	csv__int(t, (int64_t)disk->done_ns);
	csv__text(t, disk->op < sizeof(ops) / sizeof(ops[0]) ? ops[disk->op] : "other");
	csv__int(t, (int64_t)disk->sector);
	csv__int(t, disk->bytes);
	csv__int(t, disk->error);
	put_who(t, disk->task);
	put_comm(t, disk->task);
	return csv__end(t);
}
