// SPDX-License-Identifier: GPL-2.0-only
/*
 * Perfetto's own trace format, with native scheduling data: its CPU and thread tracks, thread
 * states, wakers and SQL modules work on it as on a trace that Perfetto recorded.
 *
 * Everything carries its time and Perfetto sorts, so what is known late is written late: the file
 * is one pass over the slices, in bounded memory.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/export.h"
#include "export/perfetto_blocked.h"
#include "export/perfetto_fields.h"
#include "export/perfetto_lanes.h"
#include "export/perfetto_load.h"
#include "export/perfetto_packets.h"
#include "export/perfetto_tasks.h"
#include "export/rows.h"
#include "report/report.h"
#include "trace/info.h"

/* Fields of messages that only this file writes: see perfetto_fields.h. */
enum {
	SNAPSHOT_CLOCKS = 1,
	SNAPSHOT_PRIMARY = 2,
	CLOCK_ID = 1,
	CLOCK_TIMESTAMP = 2,
	SYSTEM_UTSNAME = 1,
	UTSNAME_SYSNAME = 1,
	UTSNAME_VERSION = 2,
	UTSNAME_RELEASE = 3,
	UTSNAME_MACHINE = 4,
	ANNOTATION_DOUBLE = 5,
	ANNOTATION_STRING = 6,
	ANNOTATION_NAME = 10,
};

/* Tracks' ids; what is not known of CPU n is on TRACK_UNKNOWN + n. */
enum track { TRACK_GROUP = 1, TRACK_FINDINGS = 2, TRACK_LOAD = 16, TRACK_UNKNOWN = 0x1000 };

struct perfetto {
	const struct model *model;
	FILE *out;
	uint64_t origin; /* boottime of the recording's zero */
	struct packets *ps;
	struct lanes *lanes;
	struct blocked *blocked;
	struct load *load;
	bool unknown_track[TRACE_MAX_CPUS]; /* described already */
};

static const struct {
	const char *name, *unit;
} curves[LOAD_CURVES] = {
	[LOAD_RUNNING] = {"Threads running", "threads"},
	[LOAD_RUNNABLE] = {"Threads waiting for a CPU", "threads"},
	[LOAD_IDLE] = {"CPUs idle", "CPUs"},
};

static void put_clock(struct proto *p, uint64_t id, uint64_t ns)
{
	size_t mark = proto__begin(p, SNAPSHOT_CLOCKS);

	proto__uint(p, CLOCK_ID, id);
	proto__uint(p, CLOCK_TIMESTAMP, ns);
	proto__end(p, mark);
}

static int write_clocks(struct packets *ps, const struct trace_info *info)
{
	struct proto *p = packets__begin(ps);
	size_t mark = proto__begin(p, PACKET_CLOCK_SNAPSHOT);

	put_clock(p, CLOCK_ID_BOOTTIME, info->clock_boottime);
	put_clock(p, CLOCK_ID_MONOTONIC, info->clock_monotonic);
	put_clock(p, CLOCK_ID_REALTIME, info->clock_realtime);
	proto__uint(p, SNAPSHOT_PRIMARY, CLOCK_ID_BOOTTIME);
	proto__end(p, mark);
	return packets__end(ps);
}

/* Perfetto reads task states by the kernel's release. */
static int write_system(struct packets *ps, const struct trace_info *info)
{
	struct proto *p = packets__begin(ps);
	size_t mark = proto__begin(p, PACKET_SYSTEM_INFO);
	size_t uts = proto__begin(p, SYSTEM_UTSNAME);

	proto__string(p, UTSNAME_SYSNAME, info->sysname, strlen(info->sysname));
	proto__string(p, UTSNAME_VERSION, info->version, strlen(info->version));
	proto__string(p, UTSNAME_RELEASE, info->release, strlen(info->release));
	proto__string(p, UTSNAME_MACHINE, info->machine, strlen(info->machine));
	proto__end(p, uts);
	proto__end(p, mark);
	return packets__end(ps);
}

static void perfetto__end(void *state)
{
	struct perfetto *pf = state;

	if (!pf)
		return;
	load__free(pf->load);
	blocked__free(pf->blocked);
	lanes__free(pf->lanes);
	packets__free(pf->ps);
	free(pf);
}

static int perfetto__begin(const struct export_input *in, FILE *out, void **state)
{
	const struct trace_info *info = in->info;
	struct perfetto *pf;
	int err = -ENOMEM;

	if (!in->model || !info)
		return -EINVAL;
	pf = calloc(1, sizeof(*pf));
	if (!pf)
		return err;
	pf->model = in->model;
	pf->out = out;
	pf->origin = info->start_ns + (info->clock_boottime - info->clock_monotonic);
	pf->ps = packets__new(out);
	if (!pf->ps)
		goto fail;
	pf->lanes = lanes__new(pf->ps, pf->origin, pf->model);
	pf->blocked = blocked__new();
	pf->load = load__new();
	if (!pf->lanes || !pf->blocked || !pf->load)
		goto fail;
	err = write_clocks(pf->ps, info);
	if (!err)
		err = write_system(pf->ps, info);
	if (!err)
		err = packets__track(pf->ps, TRACK_GROUP, 0, "conctrace", NULL);
	if (err)
		goto fail;
	*state = pf;
	return 0;
fail:
	perfetto__end(pf);
	return err;
}

static int perfetto__task_slice(void *state, const struct task_slice *slice)
{
	struct perfetto *pf = state;
	struct bundle *bundle;

	if (slice->state == TASK_RUNNABLE) {
		load__add(pf->load, LOAD_RUNNABLE, slice->start_ns, slice->end_ns);
		return lanes__hidden_waking(pf->lanes, slice);
	}
	if (slice->state != TASK_BLOCKED)
		return 0;
	bundle = lanes__bundle(pf->lanes, slice->cpu);
	if (!bundle)
		return -ENOMEM;
	return blocked__add(pf->blocked, pf->ps, bundle, pf->origin, slice);
}

static int show_unknown(struct perfetto *pf, const struct cpu_slice *slice)
{
	uint64_t track = TRACK_UNKNOWN + slice->cpu;
	char name[64];
	int err;

	if (!pf->unknown_track[slice->cpu]) {
		snprintf(name, sizeof(name), "CPU %u: not recorded", slice->cpu);
		err = packets__track(pf->ps, track, TRACK_GROUP, name, NULL);
		if (err)
			return err;
		pf->unknown_track[slice->cpu] = true;
	}
	return packets__slice(pf->ps, track, pf->origin + slice->start_ns,
			      pf->origin + slice->end_ns,
			      lanes__is_loss(pf->lanes, slice) ? "events lost" : "not recorded");
}

static int perfetto__cpu_slice(void *state, const struct cpu_slice *slice)
{
	struct perfetto *pf = state;
	int err = lanes__run(pf->lanes, slice);

	if (err)
		return err;
	if (slice->use == CPU_WORKLOAD)
		load__add(pf->load, LOAD_RUNNING, slice->start_ns, slice->end_ns);
	else if (slice->use == CPU_IDLE)
		load__add(pf->load, LOAD_IDLE, slice->start_ns, slice->end_ns);
	else if (slice->use == CPU_UNKNOWN)
		return show_unknown(pf, slice);
	return 0;
}

static int perfetto__waking(void *state, const struct model_waking *waking)
{
	struct perfetto *pf = state;

	return lanes__waking(pf->lanes, waking);
}

struct curve_out {
	struct perfetto *pf;
	uint64_t track;
};

static int put_point(void *ctx, uint64_t ns, double mean)
{
	struct curve_out *out = ctx;

	return packets__counter(out->pf->ps, out->track, out->pf->origin + ns, mean);
}

static int write_load(struct perfetto *pf)
{
	uint64_t start = model__window_start(pf->model), end = model__window_end(pf->model);
	struct curve_out out = {.pf = pf};
	char name[96];
	int i, err;

	for (i = 0; i < LOAD_CURVES; i++) {
		out.track = TRACK_LOAD + (uint64_t)i;
		snprintf(name, sizeof(name), "%s (mean of %.0f us)", curves[i].name,
			 (double)load__step(pf->load) / 1000);
		err = packets__track(pf->ps, out.track, TRACK_GROUP, name, curves[i].unit);
		if (!err)
			err = load__curve(pf->load, (enum load_curve)i, start, end, put_point,
					  &out);
		if (!err)
			err = put_point(&out, end, 0);
		if (err)
			return err;
	}
	return 0;
}

static void put_annotation(struct proto *p, const struct report_table *t, size_t row,
			   const char *key)
{
	const char *text = table__text(t, row, key);
	size_t mark = proto__begin(p, TRACK_EVENT_ANNOTATIONS);

	proto__string(p, ANNOTATION_NAME, key, strlen(key));
	if (text)
		proto__string(p, ANNOTATION_STRING, text, strlen(text));
	else
		proto__double(p, ANNOTATION_DOUBLE, table__real(t, row, key));
	proto__end(p, mark);
}

static int write_finding(struct perfetto *pf, const struct report_table *t, size_t row)
{
	static const char *const keys[] = {"code", "share", "subject", "advice"};
	const char *name = table__text(t, row, "summary");
	struct proto *p = packets__begin(pf->ps);
	size_t i, mark;

	if (!name)
		name = "finding";
	proto__uint(p, PACKET_TIMESTAMP, pf->origin + model__window_start(pf->model));
	mark = proto__begin(p, PACKET_TRACK_EVENT);
	proto__uint(p, TRACK_EVENT_TYPE, TYPE_INSTANT);
	proto__uint(p, TRACK_EVENT_TRACK_UUID, TRACK_FINDINGS);
	proto__string(p, TRACK_EVENT_NAME, name, strlen(name));
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (table__has(t, row, keys[i]))
			put_annotation(p, t, row, keys[i]);
	proto__end(p, mark);
	return packets__end(pf->ps);
}

static int write_findings(struct perfetto *pf, const struct report *report)
{
	const struct report_table *t = report ? report__find(report, "findings") : NULL;
	size_t row;
	int err;

	if (!t || !table__rows(t))
		return 0;
	err = packets__track(pf->ps, TRACK_FINDINGS, TRACK_GROUP, "Findings", NULL);
	for (row = 0; !err && row < table__rows(t); row++)
		err = write_finding(pf, t, row);
	return err;
}

static int perfetto__finish(void *state, const struct report *report)
{
	struct perfetto *pf = state;
	int err = lanes__finish(pf->lanes);

	if (!err)
		err = perfetto_tasks__write(pf->ps, pf->lanes, pf->origin, pf->model);
	if (!err)
		err = lanes__flush(pf->lanes);
	if (!err)
		err = write_load(pf);
	if (!err)
		err = write_findings(pf, report);
	if (!err)
		err = packets__finish(pf->ps);
	if (!err && fflush(pf->out))
		err = -EIO;
	return err;
}

const struct exporter exporter_perfetto = {
	.name = "perfetto",
	.help = "a trace for Perfetto (ui.perfetto.dev)",
	.begin = perfetto__begin,
	.task_slice = perfetto__task_slice,
	.cpu_slice = perfetto__cpu_slice,
	.waking = perfetto__waking,
	.finish = perfetto__finish,
	.end = perfetto__end,
};
