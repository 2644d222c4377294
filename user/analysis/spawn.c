// SPDX-License-Identifier: GPL-2.0-only
/* What it cost to start threads and processes, to exec, and how long the dead waited for a reaper.
 */
#include <stdio.h>
#include <stdlib.h>

#include "analysis/rows.h"
#include "analysis/samples.h"
#include "report/report.h"

#define NR_CLONE  56 /* with CLONE_VFORK */
#define NR_VFORK  58
#define NR_CLONE3 435 /* with CLONE_VFORK */

struct spawn {
	uint64_t vfork_blocked_ns;
};

/* Lengths of one kind. */
struct cost {
	uint64_t births, total_ns;
	struct samples ns;
};

struct costs {
	struct cost threads, processes, exec, reap;
};

#define COST_COLUMNS(P)                                                                            \
	{"spawn." P ".count", "started", R_INT, U_COUNT, 0},                                       \
		{"spawn." P ".p50_ns", "half within", R_INT, U_NS, 0},                             \
		{"spawn." P ".max_ns", "longest", R_INT, U_NS, 0},                                 \
	{                                                                                          \
		"spawn." P ".total_ns", "in all", R_INT, U_NS, 0                                   \
	}

static const struct report_column columns[] = {
	COST_COLUMNS("threads"),
	COST_COLUMNS("processes"),
	COST_COLUMNS("processes.exec"),
	{"spawn.processes.vfork_blocked_ns", "creators blocked", R_INT, U_NS, R_SKIP_ZERO},
	COST_COLUMNS("reap"),
};

static void *spawn__begin(const struct analysis_input *in)
{
	(void)in;
	return calloc(1, sizeof(struct spawn));
}

/* A creator by vfork() waits until its child has exec'd or ended. */
static int spawn__slice(void *state, const struct task_slice *slice)
{
	struct spawn *spawn = state;

	if (slice->state != TASK_BLOCKED || slice->wait->cause != CAUSE_CHILD)
		return 0;
	switch (slice->wait->nr) {
	case NR_CLONE:
	case NR_VFORK:
	case NR_CLONE3:
		spawn->vfork_blocked_ns += slice->end_ns - slice->start_ns;
		break;
	default:
		break;
	}
	return 0;
}

/* Times that were not seen are 0. */
static int add_length(struct cost *cost, uint64_t from, uint64_t to)
{
	if (!from || to < from)
		return 0;
	cost->total_ns += to - from;
	return samples__add(&cost->ns, to - from);
}

static int add_task(struct costs *costs, const struct model_task *task)
{
	bool process = task->birth == BIRTH_FORK || task->birth == BIRTH_VFORK;
	struct cost *birth = process ? &costs->processes : &costs->threads;
	int err = 0;

	/* The root was started by the recorder. */
	if (!task->traced || !task->started || task->root || task->birth == BIRTH_UNKNOWN)
		return 0;
	birth->births++;
	err = add_length(birth, task->born_ns, task->first_run_ns);
	if (process && task->exec_ns && !err) {
		costs->exec.births++;
		err = add_length(&costs->exec, task->born_ns, task->exec_ns);
	}
	if (process && task->ended && task->reaped_ns && !err) {
		costs->reap.births++;
		err = add_length(&costs->reap, task->end_ns, task->reaped_ns);
	}
	return err;
}

static void set_cost(struct report_table *root, const char *name, struct cost *cost)
{
	char key[64];

	snprintf(key, sizeof(key), "spawn.%s.count", name);
	table__set_int(root, 0, key, (int64_t)cost->births);
	if (!samples__count(&cost->ns))
		return;
	snprintf(key, sizeof(key), "spawn.%s.p50_ns", name);
	table__set_int(root, 0, key, (int64_t)samples__percentile(&cost->ns, 50));
	snprintf(key, sizeof(key), "spawn.%s.max_ns", name);
	table__set_int(root, 0, key, (int64_t)samples__max(&cost->ns));
	snprintf(key, sizeof(key), "spawn.%s.total_ns", name);
	table__set_int(root, 0, key, (int64_t)cost->total_ns);
}

static int spawn__finish(void *state, const struct analysis_input *in, struct report *report)
{
	const struct spawn *spawn = state;
	struct report_table *root =
		report__add(report, "", "", columns, sizeof(columns) / sizeof(*columns));
	struct costs costs = {0};
	size_t id, n = model__task_count(in->model);
	int err = 0;

	for (id = 0; id < n && !err; id++)
		err = add_task(&costs, model__task(in->model, id));
	set_cost(root, "threads", &costs.threads);
	set_cost(root, "processes", &costs.processes);
	set_cost(root, "processes.exec", &costs.exec);
	set_cost(root, "reap", &costs.reap);
	table__set_int(root, 0, "spawn.processes.vfork_blocked_ns",
		       (int64_t)spawn->vfork_blocked_ns);
	samples__clear(&costs.threads.ns);
	samples__clear(&costs.processes.ns);
	samples__clear(&costs.exec.ns);
	samples__clear(&costs.reap.ns);
	return err;
}

const struct analysis analysis_spawn = {
	.name = "spawn",
	.begin = spawn__begin,
	.task_slice = spawn__slice,
	.blocked_only = true,
	.finish = spawn__finish,
	.end = free,
};
