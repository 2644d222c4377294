// SPDX-License-Identifier: GPL-2.0-only
/* Context switches of the whole workload, and how long its threads waited for a CPU. */
#include <stdlib.h>

#include "analysis/rows.h"
#include "analysis/samples.h"
#include "report/report.h"

static const struct report_column columns[] = {
	{"switches.voluntary", "voluntary", R_INT, U_COUNT, 0},
	{"switches.involuntary", "involuntary", R_INT, U_COUNT, 0},
	{"switches.yields", "yields", R_INT, U_COUNT, 0},
	{"switches.total", "switches", R_INT, U_COUNT, 0},
	{"run_queue_latency.count", "wakeups", R_INT, U_COUNT, 0},
	{"run_queue_latency.p50_ns", "half within", R_INT, U_NS, 0},
	{"run_queue_latency.p99_ns", "99 % within", R_INT, U_NS, 0},
	{"run_queue_latency.max_ns", "longest", R_INT, U_NS, 0},
};

static void *latency__begin(const struct analysis_input *in)
{
	(void)in;
	return calloc(1, sizeof(struct samples));
}

static int latency__slice(void *state, const struct task_slice *slice)
{
	if (slice->state != TASK_RUNNABLE || slice->preempted)
		return 0;
	return samples__add(state, slice->end_ns - slice->start_ns);
}

static void set_switches(struct report_table *root, const struct model *model)
{
	uint64_t voluntary = 0, involuntary = 0, yields = 0;
	size_t id;

	for (id = 0; id < model__task_count(model); id++) {
		const struct model_task *task = model__task(model, id);

		if (!task->traced)
			continue;
		voluntary += task->voluntary;
		involuntary += task->involuntary;
		yields += task->yields;
	}
	table__set_int(root, 0, "switches.voluntary", (int64_t)voluntary);
	table__set_int(root, 0, "switches.involuntary", (int64_t)involuntary);
	table__set_int(root, 0, "switches.yields", (int64_t)yields);
	table__set_int(root, 0, "switches.total", (int64_t)(voluntary + involuntary));
}

static int latency__finish(void *state, const struct analysis_input *in, struct report *report)
{
	struct samples *latency = state;
	struct report_table *root =
		report__add(report, "", "", columns, sizeof(columns) / sizeof(*columns));

	set_switches(root, in->model);
	table__set_int(root, 0, "run_queue_latency.count", (int64_t)samples__count(latency));
	if (!samples__count(latency))
		return 0;
	table__set_int(root, 0, "run_queue_latency.p50_ns",
		       (int64_t)samples__percentile(latency, 50));
	table__set_int(root, 0, "run_queue_latency.p99_ns",
		       (int64_t)samples__percentile(latency, 99));
	table__set_int(root, 0, "run_queue_latency.max_ns", (int64_t)samples__max(latency));
	return 0;
}

static void latency__end(void *state)
{
	if (state)
		samples__clear(state);
	free(state);
}

const struct analysis analysis_latency = {
	.name = "latency",
	.begin = latency__begin,
	.task_slice = latency__slice,
	.finish = latency__finish,
	.end = latency__end,
};
