// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/target.h"

#include <errno.h>
#include <unistd.h>

#include "cmd/analyse.h"
#include "cmd/outdir.h"
#include "cmd/outfile.h"
#include "cmd/range.h"
#include "export/export.h"
#include "model/model.h"
#include "report/report.h"

/*
 * An exporter knows that writing failed, but no more why. The file is about to be thrown away, so
 * one more byte does no harm, and fails in the same way.
 */
static int why_not_written(const struct target *t)
{
	const struct outlet *outlet = t->outlet;

	if (outlet->file && outfile__regular(outlet->file) && ferror(outlet->stream) &&
	    write(fileno(outlet->stream), "", 1) < 0)
		return -errno;
	return -EIO;
}

static void keep(struct target *t, int rc)
{
	const char *path = t->what->path ? t->what->path : "the report";

	if (!rc || t->err.code)
		return;
	if (rc == -EIO)
		rc = why_not_written(t);
	error__errno(&t->err, rc < 0 ? rc : -EIO, "cannot write %s", path);
}

/* An exporter that failed gets no more slices; the pass goes on for the others. */
static int on_task_slice(void *ctx, const struct task_slice *slice)
{
	struct target *t = ctx;

	if (!t->err.code)
		keep(t, t->what->exporter->task_slice(t->state, slice));
	return 0;
}

static int on_cpu_slice(void *ctx, const struct cpu_slice *slice)
{
	struct target *t = ctx;

	if (!t->err.code)
		keep(t, t->what->exporter->cpu_slice(t->state, slice));
	return 0;
}

static int on_waking(void *ctx, const struct model_waking *waking)
{
	struct target *t = ctx;

	if (!t->err.code)
		keep(t, t->what->exporter->waking(t->state, waking));
	return 0;
}

static int on_hold(void *ctx, const struct hold_slice *slice)
{
	struct target *t = ctx;

	if (!t->err.code)
		keep(t, t->what->exporter->hold(t->state, slice));
	return 0;
}

static int on_sample(void *ctx, const struct model_sample *sample)
{
	struct target *t = ctx;

	if (!t->err.code)
		keep(t, t->what->exporter->sample(t->state, sample));
	return 0;
}

static int on_disk(void *ctx, const struct model_disk *disk)
{
	struct target *t = ctx;

	if (!t->err.code)
		keep(t, t->what->exporter->disk(t->state, disk));
	return 0;
}

static int add_sink(struct target *t, struct model *model)
{
	const struct exporter *exporter = t->what->exporter;
	const struct model_sink sink = {
		.ctx = t,
		.task_slice = exporter->task_slice ? on_task_slice : NULL,
		.cpu_slice = exporter->cpu_slice ? on_cpu_slice : NULL,
		.waking = exporter->waking ? on_waking : NULL,
		.hold = exporter->hold ? on_hold : NULL,
		.sample = exporter->sample ? on_sample : NULL,
		.disk = exporter->disk ? on_disk : NULL,
	};

	return model ? model__add_sink(model, &sink) : 0;
}

/* Opens what it writes to. Returns 0, or a negative errno: then the failure is kept. */
static int open_outlet(struct target *t, struct export_input *in)
{
	t->outlet = t->what->outlet;
	if (!t->outlet) {
		t->outlet = &t->own;
		outlet__open(t->outlet, t->what);
	}
	t->err = t->outlet->err;
	if (!t->err.code && t->outlet->dir)
		in->directory = outdir__fd(t->outlet->dir);
	return t->err.code;
}

void target__begin(struct target *t, const struct analyse_target *what,
		   const struct export_input *in, struct model *model)
{
	struct export_input seen = *in;

	t->what = what;
	seen.view = what->view;
	if (open_outlet(t, &seen))
		return;
	keep(t, what->exporter->begin(&seen, t->outlet->stream, &t->state));
	if (!t->err.code)
		keep(t, add_sink(t, model));
}

void target__finish(struct target *t, const struct report *report)
{
	uint64_t wall_ns = (uint64_t)table__int(report__find(report, ""), 0, "wall_ns");

	if (t->err.code || range__check(t->what->view.from_ns, wall_ns, &t->err))
		return;
	keep(t, t->what->exporter->finish(t->state, report));
	if (!t->what->path && fflush(t->outlet->stream))
		keep(t, -errno);
	if (!t->err.code)
		outlet__commit(t->outlet, &t->err);
}

int target__write(const struct analyse_target *what, const struct report *report, struct error *err)
{
	const struct export_input in = {0};
	struct target t = {0};

	target__begin(&t, what, &in, NULL);
	target__finish(&t, report);
	target__end(&t);
	if (t.err.code)
		*err = t.err;
	return t.err.code;
}

void target__end(struct target *t)
{
	if (t->state && t->what->exporter->end)
		t->what->exporter->end(t->state);
	if (t->outlet)
		outlet__close(t->outlet);
}
