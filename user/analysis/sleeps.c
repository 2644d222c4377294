// SPDX-License-Identifier: GPL-2.0-only
/* Which threads slept on timers of their own, for how long, and how long they had asked for. */
#include <errno.h>
#include <stdlib.h>

#include "analysis/counts.h"
#include "analysis/rows.h"
#include "analysis/sites.h"
#include "lib/array.h"
#include "report/report.h"

#define MAX_ROWS   1000
#define MAX_STACKS 32

#define NR_NANOSLEEP	   35
#define NR_CLOCK_NANOSLEEP 230
#define TIMER_ABSTIME	   1

struct sleeper {
	uint64_t waits, wait_ns, asked_ns;
	uint64_t asked; /* sleeps of which the time asked for is known */
	struct counts *stacks;
	const struct model_task *task;
};

struct sleeps {
	struct sleeper **by_task; /* by task id; NULL where it never slept */
	size_t count;
};

static const struct report_column columns[] = {
	{"tid", "tid", R_INT, U_NONE, 0},
	{"pid", "pid", R_INT, U_NONE, 0},
	{"comm", "thread", R_TEXT, U_NONE, 0},
	{"waits", "sleeps", R_INT, U_COUNT, 0},
	{"wait_ns", "slept", R_INT, U_NS, 0},
	{"asked_ns", "asked for", R_INT, U_NS, 0},
	SITE_COLUMNS(""),
};

static const struct report_column omitted_columns[] = {
	{"io.sleeps_omitted.threads", "further threads", R_INT, U_COUNT, 0},
	{"io.sleeps_omitted.waits", "their sleeps", R_INT, U_COUNT, 0},
	{"io.sleeps_omitted.wait_ns", "slept", R_INT, U_NS, 0},
};

static void *sleeps__begin(const struct analysis_input *in)
{
	(void)in;
	return calloc(1, sizeof(struct sleeps));
}

/* A time to sleep until is no length: it says nothing here. */
static bool asked_for(const struct wait *wait)
{
	return wait->detail && (wait->nr == NR_NANOSLEEP || (wait->nr == NR_CLOCK_NANOSLEEP &&
							     !(wait->args[1] & TIMER_ABSTIME)));
}

/* Some ask for all eternity, more than once. */
static void add_asked(struct sleeper *sleeper, uint64_t ns)
{
	sleeper->asked++;
	if (ns > INT64_MAX - sleeper->asked_ns)
		sleeper->asked_ns = INT64_MAX;
	else
		sleeper->asked_ns += ns;
}

static int sleeps__slice(void *state, const struct task_slice *slice)
{
	struct sleeps *sleeps = state;
	uint64_t ns = slice->end_ns - slice->start_ns;
	struct sleeper **by_task, *sleeper;

	if (slice->state != TASK_BLOCKED || slice->wait->cause != CAUSE_SLEEP)
		return 0;
	by_task =
		array__reserve(sleeps->by_task, &sleeps->count, slice->task->id, sizeof(*by_task));
	if (!by_task)
		return -ENOMEM;
	sleeps->by_task = by_task;
	by_task += slice->task->id;
	if (!*by_task)
		*by_task = calloc(1, sizeof(**by_task));
	if (!*by_task)
		return -ENOMEM;
	sleeper = *by_task;
	sleeper->task = slice->task;
	sleeper->waits++;
	sleeper->wait_ns += ns;
	if (asked_for(slice->wait))
		add_asked(sleeper, slice->wait->detail);
	return slice->wait->stack
		       ? counts__add(&sleeper->stacks, slice->wait->stack, 1, ns, MAX_STACKS)
		       : 0;
}

static int longest_first(const void *a, const void *b)
{
	const struct sleeper *x = *(const struct sleeper *const *)a;
	const struct sleeper *y = *(const struct sleeper *const *)b;

	if (x->wait_ns != y->wait_ns)
		return x->wait_ns > y->wait_ns ? -1 : 1;
	return x->task->id < y->task->id ? -1 : x->task->id > y->task->id;
}

static void add_row(struct report_table *t, struct sites *sites, const struct sleeper *sleeper)
{
	size_t row = table__add_row(t, 0);
	struct site_total top;

	table__set_int(t, row, "tid", sleeper->task->tid);
	if (sleeper->task->known)
		table__set_int(t, row, "pid", sleeper->task->pid);
	table__set_text(t, row, "comm", sleeper->task->comm);
	table__set_int(t, row, "waits", (int64_t)sleeper->waits);
	table__set_int(t, row, "wait_ns", (int64_t)sleeper->wait_ns);
	if (sleeper->asked == sleeper->waits)
		table__set_int(t, row, "asked_ns", (int64_t)sleeper->asked_ns);
	if (sites__top(sites, sleeper->stacks, &top, 1))
		sites__set(sites, t, row, "", top.site, top.stack);
}

static void add_omitted(const struct sleeps *sleeps, size_t from, size_t n,
			struct report_table *root)
{
	uint64_t waits = 0, wait_ns = 0;
	size_t i;

	if (from >= n)
		return;
	for (i = from; i < n; i++) {
		waits += sleeps->by_task[i]->waits;
		wait_ns += sleeps->by_task[i]->wait_ns;
	}
	table__set_int(root, 0, "io.sleeps_omitted.threads", (int64_t)(n - from));
	table__set_int(root, 0, "io.sleeps_omitted.waits", (int64_t)waits);
	table__set_int(root, 0, "io.sleeps_omitted.wait_ns", (int64_t)wait_ns);
}

static int sleeps__finish(void *state, const struct analysis_input *in, struct report *report)
{
	struct sleeps *sleeps = state;
	struct report_table *t =
		report__add(report, "", "io.sleeps", columns, sizeof(columns) / sizeof(*columns));
	struct report_table *root = report__add(report, "", "", omitted_columns, 3);
	struct sites *sites = sites__new(in->model, report);
	size_t i, n = 0;

	if (!sites)
		return -ENOMEM;
	for (i = 0; i < sleeps->count; i++)
		if (sleeps->by_task[i])
			sleeps->by_task[n++] = sleeps->by_task[i];
	sleeps->count = n;
	if (n)
		qsort(sleeps->by_task, n, sizeof(*sleeps->by_task), longest_first);
	for (i = 0; i < n && i < MAX_ROWS; i++)
		add_row(t, sites, sleeps->by_task[i]);
	add_omitted(sleeps, MAX_ROWS, n, root);
	sites__free(sites);
	return 0;
}

static void sleeps__end(void *state)
{
	struct sleeps *sleeps = state;
	size_t i;

	if (!sleeps)
		return;
	for (i = 0; i < sleeps->count; i++) {
		if (sleeps->by_task[i])
			counts__free(sleeps->by_task[i]->stacks);
		free(sleeps->by_task[i]);
	}
	free(sleeps->by_task);
	free(sleeps);
}

const struct analysis analysis_sleeps = {
	.name = "sleeps",
	.begin = sleeps__begin,
	.task_slice = sleeps__slice,
	.blocked_only = true,
	.finish = sleeps__finish,
	.end = sleeps__end,
};
