// SPDX-License-Identifier: GPL-2.0-only
/* Context switches of the whole workload, and how long its threads waited for a CPU. */
#include <stdlib.h>

#include "analysis/rows.h"
#include "analysis/samples.h"
#include "report/report.h"

struct latency {
	struct samples wakeup;
	uint64_t blocks[CAUSE_COUNT]; /* by cause */
};

static const struct report_column columns[] = {
	{"switches.voluntary", "voluntary", R_INT, U_COUNT, 0},
	{"switches.involuntary", "involuntary", R_INT, U_COUNT, 0},
	{"switches.yields", "yields", R_INT, U_COUNT, 0},
	{"switches.total", "switches", R_INT, U_COUNT, 0},
	{"run_queue_latency.count", "wakeups", R_INT, U_COUNT, 0},
	{"run_queue_latency.p50_ns", "half within", R_INT, U_NS, 0},
	{"run_queue_latency.p99_ns", "99 % within", R_INT, U_NS, 0},
	{"run_queue_latency.max_ns", "longest", R_INT, U_NS, 0},
#define X(id, name, letter, words) {"switches.by_cause." name, name, R_INT, U_COUNT, R_SKIP_ZERO},
	MODEL_CAUSES(X)
#undef X
};

static const char *const cause_keys[CAUSE_COUNT] = {
#define X(id, name, letter, words) "switches.by_cause." name,
	MODEL_CAUSES(X)
#undef X
};

static void *latency__begin(const struct analysis_input *in)
{
	(void)in;
	return calloc(1, sizeof(struct latency));
}

static int latency__slice(void *state, const struct task_slice *slice)
{
	struct latency *latency = state;

	if (slice->state == TASK_BLOCKED)
		latency->blocks[slice->wait->cause]++;
	if (slice->state != TASK_RUNNABLE || slice->preempted)
		return 0;
	return samples__add(&latency->wakeup, slice->end_ns - slice->start_ns);
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
	struct latency *latency = state;
	struct samples *wakeup = &latency->wakeup;
	struct report_table *root =
		report__add(report, "", "", columns, sizeof(columns) / sizeof(*columns));
	size_t cause;

	set_switches(root, in->model);
	for (cause = 0; cause < CAUSE_COUNT; cause++)
		table__set_int(root, 0, cause_keys[cause], (int64_t)latency->blocks[cause]);
	table__set_int(root, 0, "run_queue_latency.count", (int64_t)samples__count(wakeup));
	if (!samples__count(wakeup))
		return 0;
	table__set_int(root, 0, "run_queue_latency.p50_ns",
		       (int64_t)samples__percentile(wakeup, 50));
	table__set_int(root, 0, "run_queue_latency.p99_ns",
		       (int64_t)samples__percentile(wakeup, 99));
	table__set_int(root, 0, "run_queue_latency.max_ns", (int64_t)samples__max(wakeup));
	return 0;
}

static void latency__end(void *state)
{
	struct latency *latency = state;

	if (latency)
		samples__clear(&latency->wakeup);
	free(latency);
}

const struct analysis analysis_latency = {
	.name = "latency",
	.begin = latency__begin,
	.task_slice = latency__slice,
	.finish = latency__finish,
	.end = latency__end,
};
