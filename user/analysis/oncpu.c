// SPDX-License-Identifier: GPL-2.0-only
/* Which code ran on the CPUs, by what the clock found there. */
#include <errno.h>
#include <stdlib.h>

#include "analysis/counts.h"
#include "analysis/rows.h"
#include "analysis/sites.h"
#include "lib/array.h"
#include "lib/u64map.h"
#include "report/report.h"
#include "trace/info.h"

#define MAX_STACKS 4096 /* of one thread that are told apart */
#define MAX_ROWS   100	/* sites */
#define MAX_TASKS  8	/* of one site */

struct oncpu {
	struct counts **by_task; /* by task id: stacks; sum: those in the kernel */
	size_t ntasks;
	struct counts *copying; /* stacks */
	uint64_t samples, kernel, copied;
};

/* What was found at one site. */
struct spot {
	const struct site *site;
	uint64_t stack, stack_samples; /* the stack that was found most often */
	uint64_t samples, kernel, copying;
	struct counts *tasks;
};

static const struct report_column root_columns[] = {
	{"samples.count", "samples", R_INT, U_COUNT, 0},
	{"samples.hz", "a second", R_INT, U_NONE, 0},
	{"samples.kernel", "in the kernel", R_INT, U_COUNT, R_SKIP_ZERO},
	{"samples.copying", "copying there", R_INT, U_COUNT, R_SKIP_ZERO},
	{"samples.other_sites", "elsewhere", R_INT, U_COUNT, R_SKIP_ZERO},
};

static const struct report_column columns[] = {
	SITE_COLUMNS(""),
	{"samples", "samples", R_INT, U_COUNT, 0},
	{"kernel", "in the kernel", R_INT, U_COUNT, R_SKIP_ZERO},
	{"copying", "copying there", R_INT, U_COUNT, R_SKIP_ZERO},
};

static const struct report_column by_columns[] = {
	{"tid", "tid", R_INT, U_NONE, 0},
	{"comm", "thread", R_TEXT, U_NONE, 0},
	{"samples", "samples", R_INT, U_COUNT, 0},
};

static void *oncpu__begin(const struct analysis_input *in)
{
	(void)in;
	return calloc(1, sizeof(struct oncpu));
}

static int oncpu__sample(void *state, const struct model_sample *sample)
{
	struct oncpu *oncpu = state;
	struct counts **by_task;

	oncpu->samples++;
	oncpu->kernel += sample->kernel;
	oncpu->copied += sample->copying;
	if (!sample->stack || !sample->task)
		return 0;
	by_task =
		array__reserve(oncpu->by_task, &oncpu->ntasks, sample->task->id, sizeof(*by_task));
	if (!by_task)
		return -ENOMEM;
	oncpu->by_task = by_task;
	if (sample->copying && counts__add(&oncpu->copying, sample->stack, 1, 1, MAX_STACKS))
		return -ENOMEM;
	return counts__add(&by_task[sample->task->id], sample->stack, 1, sample->kernel,
			   MAX_STACKS);
}

static struct spot *spot_of(struct u64map *spots, const struct site *site)
{
	struct spot *spot = u64map__get(spots, (uint64_t)(uintptr_t)site);

	if (spot)
		return spot;
	spot = calloc(1, sizeof(*spot));
	if (!spot || u64map__set(spots, (uint64_t)(uintptr_t)site, spot)) {
		free(spot);
		return NULL;
	}
	spot->site = site;
	return spot;
}

static int add_task(struct u64map *spots, struct sites *sites, const struct counts *stacks,
		    uint32_t task)
{
	const struct count *count;
	size_t pos = 0;

	while ((count = counts__next(stacks, &pos))) {
		const struct site *site = sites__of(sites, count->key);
		struct spot *spot;

		if (!site)
			continue;
		spot = spot_of(spots, site);
		if (!spot || counts__add(&spot->tasks, task, count->n, count->n, 1024))
			return -ENOMEM;
		spot->samples += count->n;
		spot->kernel += count->sum;
		if (count->n > spot->stack_samples ||
		    (count->n == spot->stack_samples && count->key < spot->stack)) {
			spot->stack = count->key;
			spot->stack_samples = count->n;
		}
	}
	return 0;
}

/* After the tasks: what is of no spot now was of stacks too many to be told apart. */
static void add_copying(struct u64map *spots, struct sites *sites, const struct counts *stacks)
{
	const struct count *count;
	size_t pos = 0;

	while ((count = counts__next(stacks, &pos))) {
		const struct site *site = sites__of(sites, count->key);
		struct spot *spot = u64map__get(spots, (uint64_t)(uintptr_t)site);

		if (spot)
			spot->copying += count->n;
	}
}

static int most_first(const void *a, const void *b)
{
	const struct spot *x = *(const struct spot *const *)a;
	const struct spot *y = *(const struct spot *const *)b;

	if (x->samples != y->samples)
		return x->samples > y->samples ? -1 : 1;
	return x->stack < y->stack ? -1 : x->stack > y->stack;
}

struct tables {
	struct report_table *sites, *by;
	struct sites *where;
	const struct model *model;
};

static void add_row(struct tables *t, const struct spot *spot)
{
	size_t i, added, n, row = table__add_row(t->sites, 0);
	struct count top[MAX_TASKS];

	sites__set(t->where, t->sites, row, "", spot->site, spot->stack);
	table__set_int(t->sites, row, "samples", (int64_t)spot->samples);
	table__set_int(t->sites, row, "kernel", (int64_t)spot->kernel);
	table__set_int(t->sites, row, "copying", (int64_t)spot->copying);
	n = counts__top(spot->tasks, top, MAX_TASKS);
	for (i = 0; i < n; i++) {
		const struct model_task *task = model__task(t->model, top[i].key);

		added = table__add_row(t->by, row);
		table__set_int(t->by, added, "tid", task->tid);
		table__set_text(t->by, added, "comm", task->comm);
		table__set_int(t->by, added, "samples", (int64_t)top[i].n);
	}
}

/* Sorts what was found into rows; returns the samples that these stand for. */
static uint64_t add_rows(struct tables *t, const struct u64map *spots, struct spot **list)
{
	size_t i, n = 0, pos = 0;
	uint64_t key, told = 0;

	while ((list[n] = u64map__next(spots, &pos, &key)))
		n++;
	qsort(list, n, sizeof(struct spot *), most_first);
	for (i = 0; i < n && i < MAX_ROWS; i++) {
		add_row(t, list[i]);
		told += list[i]->samples;
	}
	return told;
}

static void free_spots(struct u64map *spots)
{
	struct spot *spot;
	size_t pos = 0;
	uint64_t key;

	while (spots && (spot = u64map__next(spots, &pos, &key))) {
		counts__free(spot->tasks);
		free(spot);
	}
	u64map__free(spots);
}

static int fill(const struct oncpu *oncpu, struct tables *t, uint64_t *told)
{
	struct u64map *spots = u64map__new();
	struct spot **list = NULL;
	size_t id;
	int err = spots && t->where ? 0 : -ENOMEM;

	for (id = 0; id < oncpu->ntasks && !err; id++)
		err = add_task(spots, t->where, oncpu->by_task[id], (uint32_t)id);
	if (!err) {
		add_copying(spots, t->where, oncpu->copying);
		list = calloc(u64map__size(spots) + 1, sizeof(struct spot *));
	}
	if (list)
		*told = add_rows(t, spots, list);
	else
		err = -ENOMEM;
	free(list);
	free_spots(spots);
	return err;
}

static int oncpu__finish(void *state, const struct analysis_input *in, struct report *report)
{
	const struct oncpu *oncpu = state;
	struct report_table *root = report__add(report, "", "", root_columns,
						sizeof(root_columns) / sizeof(*root_columns));
	struct tables t = {
		.sites = report__add(report, "", "samples.sites", columns,
				     sizeof(columns) / sizeof(*columns)),
		.by = report__add(report, "samples.sites", "by", by_columns, 3),
		.where = sites__new(in->model, report),
		.model = in->model,
	};
	uint64_t told = 0;
	int err = fill(oncpu, &t, &told);

	sites__free(t.where);
	table__set_int(root, 0, "samples.count", (int64_t)oncpu->samples);
	if (in->info->sample_hz)
		table__set_int(root, 0, "samples.hz", in->info->sample_hz);
	table__set_int(root, 0, "samples.kernel", (int64_t)oncpu->kernel);
	table__set_int(root, 0, "samples.copying", (int64_t)oncpu->copied);
	table__set_int(root, 0, "samples.other_sites", (int64_t)(oncpu->samples - told));
	return err;
}

static void oncpu__end(void *state)
{
	struct oncpu *oncpu = state;
	size_t id;

	if (!oncpu)
		return;
	for (id = 0; id < oncpu->ntasks; id++)
		counts__free(oncpu->by_task[id]);
	free(oncpu->by_task);
	counts__free(oncpu->copying);
	free(oncpu);
}

const struct analysis analysis_oncpu = {
	.name = "oncpu",
	.begin = oncpu__begin,
	.sample = oncpu__sample,
	.finish = oncpu__finish,
	.end = oncpu__end,
};
