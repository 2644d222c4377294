// SPDX-License-Identifier: GPL-2.0-only
/*
 * The report and all slices as compressed CSV files for databases: a directory of them, described
 * in docs/csv.md. Slices are written as they go by, so memory does not grow with them.
 */
#include <errno.h>
#include <stdlib.h>

#include "export/csv_report.h"
#include "export/csv_set.h"
#include "export/csv_slices.h"
#include "export/csv_things.h"
#include "export/rows.h"
#include "model/model.h"
#include "trace/info.h"

struct csv {
	const struct model *model;
	uint64_t start_unix_ns;
	struct csv_set *set;
	struct csv_slices *slices;
};

static int csv__start(const struct export_input *in, FILE *out, void **state)
{
	const struct trace_info *info = in->info;
	struct csv *csv;

	(void)out;
	if (!in->model)
		return -EINVAL;
	csv = calloc(1, sizeof(*csv));
	if (!csv)
		return -ENOMEM;
	*state = csv;
	csv->model = in->model;
	csv->start_unix_ns = info->clock_realtime + (info->start_ns - info->clock_monotonic);
	csv->set = csv_set__new(in->directory, info);
	return csv->set ? csv_slices__new(csv->set, &csv->slices) : -ENOMEM;
}

static int csv__task_slice(void *state, const struct task_slice *slice)
{
	return csv_slices__task(((struct csv *)state)->slices, slice);
}

static int csv__cpu_slice(void *state, const struct cpu_slice *slice)
{
	return csv_slices__cpu(((struct csv *)state)->slices, slice);
}

static int csv__waking(void *state, const struct model_waking *waking)
{
	return csv_slices__waking(((struct csv *)state)->slices, waking);
}

static int csv__hold(void *state, const struct hold_slice *slice)
{
	return csv_slices__hold(((struct csv *)state)->slices, slice);
}

static int csv__sample(void *state, const struct model_sample *sample)
{
	return csv_slices__sample(((struct csv *)state)->slices, sample);
}

static int csv__disk(void *state, const struct model_disk *disk)
{
	return csv_slices__disk(((struct csv *)state)->slices, disk);
}

static int csv__finish(void *state, const struct report *report)
{
	struct csv *csv = state;
	int rc = csv_report__write(csv->set, report, csv->start_unix_ns);

	if (!rc)
		rc = csv_things__write(csv->set, csv->model, report);
	if (!rc)
		rc = csv_slices__finish(csv->slices, csv->set);
	/* The set knows why a table could not be made. */
	return csv_set__finish(csv->set) ? csv_set__error(csv->set) : rc;
}

static void csv__stop(void *state)
{
	struct csv *csv = state;

	if (!csv)
		return;
	csv_slices__free(csv->slices);
	csv_set__free(csv->set);
	free(csv);
}

static const struct export_directory directory = {
	.marker = CSV_SCHEMA, .head = CSV_HEAD, .suffix = CSV_SUFFIX};

const struct exporter exporter_csv = {
	.name = "csv",
	.help = "report and slices as CSV files for databases, documented in docs/csv.md",
	.directory = &directory,
	.begin = csv__start,
	.task_slice = csv__task_slice,
	.cpu_slice = csv__cpu_slice,
	.waking = csv__waking,
	.hold = csv__hold,
	.sample = csv__sample,
	.disk = csv__disk,
	.finish = csv__finish,
	.end = csv__stop,
};
