// SPDX-License-Identifier: GPL-2.0-only
/* What each traced thread did: running, waiting for a CPU, blocked and why. */
#include <errno.h>
#include <stdlib.h>

#include "analysis/rows.h"
#include "analysis/samples.h"
#include "lib/array.h"
#include "report/report.h"

struct task_time {
	uint64_t state_ns[TASK_UNKNOWN + 1]; /* by enum task_state */
	uint64_t cause_ns[CAUSE_COUNT];	     /* of the blocked time */
	struct samples wakeup;		     /* from waking to running */
};

struct tasks {
	struct task_time **time; /* by task id; NULL where no slice came */
	size_t count;
};

static const struct report_column columns[] = {
	{"tid", "tid", R_INT, U_NONE, 0},
	{"pid", "pid", R_INT, U_NONE, 0},
	{"ppid", "ppid", R_INT, U_NONE, 0},
	{"comm", "thread", R_TEXT, U_NONE, 0},
	{"start_ns", "start", R_INT, U_NS, 0},
	{"end_ns", "end", R_INT, U_NS, 0},
	{"running_ns", "running", R_INT, U_NS, 0},
	{"runnable_ns", "for CPU", R_INT, U_NS, 0},
	{"blocked_ns", "blocked", R_INT, U_NS, 0},
	{"unknown_ns", "unknown", R_INT, U_NS, R_SKIP_ZERO},
#define X(id, name, letter, words) {"blocked_by." name, name, R_INT, U_NS, R_SKIP_ZERO},
	MODEL_CAUSES(X)
#undef X
		{"switches.voluntary", "voluntary", R_INT, U_COUNT, 0},
	{"switches.involuntary", "involuntary", R_INT, U_COUNT, 0},
	{"switches.yields", "yields", R_INT, U_COUNT, 0},
	{"migrations", "migrations", R_INT, U_COUNT, 0},
	{"wakeup_latency.count", "wakeups", R_INT, U_COUNT, 0},
	{"wakeup_latency.p50_ns", "wakeup p50", R_INT, U_NS, 0},
	{"wakeup_latency.p99_ns", "wakeup p99", R_INT, U_NS, 0},
	{"wakeup_latency.max_ns", "wakeup max", R_INT, U_NS, 0},
	{"kernel.nvcsw", "kernel: voluntary", R_INT, U_COUNT, 0},
	{"kernel.nivcsw", "kernel: involuntary", R_INT, U_COUNT, 0},
	{"kernel.utime_ns", "kernel: user", R_INT, U_NS, 0},
	{"kernel.stime_ns", "kernel: system", R_INT, U_NS, 0},
	{"kernel.cpu_ns", "kernel: on CPU", R_INT, U_NS, 0},
	{"peak_memory_bytes", "peak memory", R_INT, U_BYTES, 0},
};

static const char *const cause_keys[CAUSE_COUNT] = {
#define X(id, name, letter, words) "blocked_by." name,
	MODEL_CAUSES(X)
#undef X
};

static const struct report_column name_column[] = {{"", "name", R_TEXT, U_NONE, 0}};

static void *tasks__begin(const struct analysis_input *in)
{
	(void)in;
	return calloc(1, sizeof(struct tasks));
}

static struct task_time *time_of(struct tasks *tasks, uint32_t id)
{
	struct task_time **time =
		array__reserve(tasks->time, &tasks->count, id, sizeof(*tasks->time));

	if (!time)
		return NULL;
	tasks->time = time;
	if (!time[id])
		time[id] = calloc(1, sizeof(*time[id]));
	return time[id];
}

static int tasks__slice(void *state, const struct task_slice *slice)
{
	struct task_time *time = time_of(state, slice->task->id);
	uint64_t ns = slice->end_ns - slice->start_ns;

	if (!time)
		return -ENOMEM;
	time->state_ns[slice->state] += ns;
	if (slice->state == TASK_BLOCKED)
		time->cause_ns[slice->wait->cause] += ns;
	if (slice->state == TASK_RUNNABLE && !slice->preempted)
		return samples__add(&time->wakeup, ns);
	return 0;
}

static void set_identity(struct report_table *t, size_t row, const struct model_task *task)
{
	table__set_int(t, row, "tid", task->tid);
	if (task->known) {
		table__set_int(t, row, "pid", task->pid);
		table__set_int(t, row, "ppid", task->ppid);
	}
	table__set_text(t, row, "comm", task->comm);
	table__set_int(t, row, "start_ns", (int64_t)task->start_ns);
	table__set_int(t, row, "end_ns", (int64_t)task->end_ns);
}

/* Oldest first; the model's list has the newest first. */
static void set_names(struct report_table *names, size_t row, const struct task_name *name)
{
	size_t i, n = 0, first = 0, added;
	const struct task_name *p;

	for (p = name; p; p = p->next) {
		added = table__add_row(names, row);
		first = n++ ? first : added;
	}
	for (i = n, p = name; p && first != SIZE_MAX; p = p->next)
		table__set_text(names, first + --i, "", p->comm);
}

static void set_time(struct report_table *t, size_t row, struct task_time *time)
{
	size_t cause;

	table__set_int(t, row, "running_ns", (int64_t)time->state_ns[TASK_RUNNING]);
	table__set_int(t, row, "runnable_ns", (int64_t)time->state_ns[TASK_RUNNABLE]);
	table__set_int(t, row, "blocked_ns", (int64_t)time->state_ns[TASK_BLOCKED]);
	if (time->state_ns[TASK_UNKNOWN])
		table__set_int(t, row, "unknown_ns", (int64_t)time->state_ns[TASK_UNKNOWN]);
	for (cause = 0; cause < CAUSE_COUNT; cause++)
		if (time->cause_ns[cause])
			table__set_int(t, row, cause_keys[cause], (int64_t)time->cause_ns[cause]);
	if (!samples__count(&time->wakeup))
		return;
	table__set_int(t, row, "wakeup_latency.count", (int64_t)samples__count(&time->wakeup));
	table__set_int(t, row, "wakeup_latency.p50_ns",
		       (int64_t)samples__percentile(&time->wakeup, 50));
	table__set_int(t, row, "wakeup_latency.p99_ns",
		       (int64_t)samples__percentile(&time->wakeup, 99));
	table__set_int(t, row, "wakeup_latency.max_ns", (int64_t)samples__max(&time->wakeup));
}

static void set_counts(struct report_table *t, size_t row, const struct model_task *task)
{
	table__set_int(t, row, "switches.voluntary", (int64_t)task->voluntary);
	table__set_int(t, row, "switches.involuntary", (int64_t)task->involuntary);
	table__set_int(t, row, "switches.yields", (int64_t)task->yields);
	table__set_int(t, row, "migrations", (int64_t)task->migrations);
	if (task->peak_memory)
		table__set_int(t, row, "peak_memory_bytes", (int64_t)task->peak_memory);
	if (!task->has_kernel_counts)
		return;
	table__set_int(t, row, "kernel.nvcsw", (int64_t)task->kernel_nvcsw);
	table__set_int(t, row, "kernel.nivcsw", (int64_t)task->kernel_nivcsw);
	table__set_int(t, row, "kernel.utime_ns", (int64_t)task->kernel_utime);
	table__set_int(t, row, "kernel.stime_ns", (int64_t)task->kernel_stime);
	table__set_int(t, row, "kernel.cpu_ns", (int64_t)task->kernel_sum_exec);
}

static int tasks__finish(void *state, const struct analysis_input *in, struct report *report)
{
	struct tasks *tasks = state;
	struct task_time none = {0};
	struct report_table *t =
		report__add(report, "", "tasks", columns, sizeof(columns) / sizeof(*columns));
	struct report_table *names = report__add(report, "tasks", "names", name_column, 1);
	size_t id, row;

	for (id = 0; id < model__task_count(in->model); id++) {
		const struct model_task *task = model__task(in->model, id);

		if (!task->traced)
			continue;
		row = table__add_row(t, 0);
		set_identity(t, row, task);
		set_names(names, row, task->names);
		set_time(t, row, id < tasks->count && tasks->time[id] ? tasks->time[id] : &none);
		set_counts(t, row, task);
	}
	return 0;
}

static void tasks__end(void *state)
{
	struct tasks *tasks = state;
	size_t id;

	if (!tasks)
		return;
	for (id = 0; id < tasks->count; id++) {
		if (tasks->time[id])
			samples__clear(&tasks->time[id]->wakeup);
		free(tasks->time[id]);
	}
	free(tasks->time);
	free(tasks);
}

const struct analysis analysis_tasks = {
	.name = "tasks",
	.begin = tasks__begin,
	.task_slice = tasks__slice,
	.finish = tasks__finish,
	.end = tasks__end,
};
