// SPDX-License-Identifier: GPL-2.0-only
/*
 * Perfetto's own trace format, with native scheduling data: its CPU and thread tracks, thread
 * states, wakers and SQL modules work on it as on a trace that Perfetto recorded.
 *
 * Everything carries its time and Perfetto sorts. But names come before their use, and what a thing
 * is called is known last. So one pass over the slices writes packets with ids into a spill file,
 * in bounded memory; in the end the names go into the trace, and the spill behind them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "export/export.h"
#include "export/perfetto_blocked.h"
#include "export/perfetto_chains.h"
#include "export/perfetto_define.h"
#include "export/perfetto_disks.h"
#include "export/perfetto_findings.h"
#include "export/perfetto_host.h"
#include "export/perfetto_labels.h"
#include "export/perfetto_lanes.h"
#include "export/perfetto_load.h"
#include "export/perfetto_locks.h"
#include "export/perfetto_packets.h"
#include "export/perfetto_path.h"
#include "export/perfetto_samples.h"
#include "export/perfetto_tasks.h"
#include "export/perfetto_tracks.h"
#include "export/perfetto_turns.h"
#include "export/perfetto_waits.h"
#include "export/rows.h"
#include "lib/spill.h"
#include "lib/u64map.h"
#include "trace/info.h"

enum load_curve { LOAD_RUNNING, LOAD_RUNNABLE, LOAD_IDLE, LOAD_CURVES };

struct perfetto {
	const struct model *model;
	const struct trace_info *info;
	FILE *out, *spill;
	bool plain;
	uint64_t origin;    /* boottime of the recording's zero */
	struct packets *ps; /* into the spill */
	struct labels *labels;
	struct chains *chains;
	struct lanes *lanes;
	struct waits *waits;
	struct locks *locks;
	struct disks *disks;
	struct load *load;
	struct turns_drawn *turns;
	struct u64map *processes;	    /* pids of those whose tracks are described */
	bool unknown_track[TRACE_MAX_CPUS]; /* described already */
};

static const struct {
	const char *name, *unit;
} curves[LOAD_CURVES] = {
	[LOAD_RUNNING] = {"Threads running", "threads"},
	[LOAD_RUNNABLE] = {"Threads waiting for a CPU", "threads"},
	[LOAD_IDLE] = {"CPUs idle", "CPUs"},
};

static void perfetto__end(void *state)
{
	struct perfetto *pf = state;

	if (!pf)
		return;
	u64map__free(pf->processes);
	turns_drawn__free(pf->turns);
	load__free(pf->load);
	disks__free(pf->disks);
	locks__free(pf->locks);
	waits__free(pf->waits);
	lanes__free(pf->lanes);
	chains__free(pf->chains);
	labels__free(pf->labels);
	packets__free(pf->ps);
	if (pf->spill)
		fclose(pf->spill);
	free(pf);
}

/* Returns 0 or a negative errno; what is there is freed by perfetto__end. */
static int open_parts(struct perfetto *pf)
{
	struct waits_input in = {.model = pf->model, .origin = pf->origin};

	pf->spill = spill__open();
	if (!pf->spill)
		return -errno;
	pf->ps = packets__new(pf->spill,
			      &(struct packets_setup){.plain = pf->plain, .origin = pf->origin});
	pf->labels = labels__new(pf->model);
	pf->chains = chains__new(pf->model);
	pf->load = load__new(LOAD_CURVES);
	pf->processes = u64map__new();
	if (!pf->ps || packets__defaults(pf->ps) || !pf->processes || !pf->labels || !pf->chains ||
	    !pf->load)
		return -ENOMEM;
	in.ps = pf->ps;
	in.labels = pf->labels;
	in.chains = pf->chains;
	pf->waits = waits__new(&in);
	pf->lanes = lanes__new(pf->ps, pf->origin, pf->model);
	pf->locks = locks__new(pf->ps, pf->labels, pf->waits, pf->model, pf->origin);
	pf->disks = disks__new(pf->ps, pf->labels, pf->model, pf->origin);
	pf->turns = turns_drawn__new(pf->ps, pf->waits, pf->model, pf->origin);
	return pf->waits && pf->lanes && pf->locks && pf->disks && pf->turns ? 0 : -ENOMEM;
}

static int perfetto__begin(const struct export_input *in, FILE *out, void **state)
{
	const struct trace_info *info = in->info;
	struct perfetto *pf;
	int err;

	if (!in->model || !info)
		return -EINVAL;
	pf = calloc(1, sizeof(*pf));
	if (!pf)
		return -ENOMEM;
	pf->model = in->model;
	pf->info = info;
	pf->out = out;
	pf->plain = in->view.plain;
	pf->origin = info->start_ns + (info->clock_boottime - info->clock_monotonic);
	err = open_parts(pf);
	if (err) {
		perfetto__end(pf);
		return err;
	}
	*state = pf;
	return 0;
}

static int perfetto__task_slice(void *state, const struct task_slice *slice)
{
	struct perfetto *pf = state;
	struct bundle *bundle;
	int err;

	if (slice->state == TASK_RUNNABLE) {
		load__add(pf->load, LOAD_RUNNABLE, slice->start_ns, slice->end_ns);
		return lanes__runnable(pf->lanes, slice);
	}
	if (slice->state != TASK_BLOCKED)
		return 0;
	bundle = lanes__bundle(pf->lanes, slice->cpu);
	if (!bundle)
		return -ENOMEM;
	err = blocked__add(pf->labels, pf->ps, bundle, pf->origin, slice);
	if (!err && slice->wait->cause == CAUSE_POLL)
		err = turns_drawn__wait(pf->turns, slice);
	return err ? err : waits__add(pf->waits, slice);
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
	if (slice->switched)
		packets__count(pf->ps);
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

	packets__count(pf->ps);
	return lanes__waking(pf->lanes, waking);
}

static int perfetto__hold(void *state, const struct hold_slice *slice)
{
	struct perfetto *pf = state;

	return locks__hold(pf->locks, slice);
}

static int perfetto__sample(void *state, const struct model_sample *sample)
{
	struct perfetto *pf = state;

	return perfetto_samples__add(pf->ps, pf->chains, pf->origin, sample);
}

static int perfetto__disk(void *state, const struct model_disk *disk)
{
	struct perfetto *pf = state;

	return disks__request(pf->disks, disk);
}

struct curve_out {
	struct packets *ps;
	uint64_t origin, track;
};

static int put_point(void *ctx, uint64_t ns, double mean)
{
	struct curve_out *out = ctx;

	return packets__counter(out->ps, out->track, out->origin + ns, mean);
}

static int write_load(const struct perfetto *pf, struct packets *head)
{
	uint64_t start = model__window_start(pf->model), end = model__window_end(pf->model);
	struct curve_out out = {.ps = head, .origin = pf->origin};
	char name[96];
	int i, err;

	for (i = 0; i < LOAD_CURVES; i++) {
		out.track = TRACK_LOAD + (uint64_t)i;
		snprintf(name, sizeof(name), "%s (mean of %.0f us)", curves[i].name,
			 (double)load__step(pf->load) / 1000);
		err = packets__track(head, out.track, TRACK_GROUP, name, curves[i].unit);
		if (!err)
			err = load__curve(pf->load, (unsigned int)i, start, end, put_point, &out);
		if (!err)
			err = put_point(&out, end, 0);
		if (err)
			return err;
	}
	return 0;
}

static int define_all(const struct perfetto *pf, struct packets *head, const struct report *report)
{
	struct define define = {.packets = head};
	int err = labels__write(pf->labels, &define, report), rest;

	if (!err)
		err = chains__write(pf->chains, &define);
	rest = define__finish(&define);
	return err ? err : rest;
}

/* What comes first in the file though it is known last. */
static int write_head(const struct perfetto *pf, struct packets *head, const struct report *report)
{
	int err = perfetto_host__write(head, pf->info, pf->origin);

	if (!err)
		err = define_all(pf, head, report);
	if (!err)
		err = packets__ranks_count(head);
	if (!err)
		err = packets__track(head, TRACK_GROUP, 0, "conctrace", NULL);
	if (!err)
		err = locks__describe(pf->locks, head, pf->processes);
	if (!err)
		err = turns_drawn__describe(pf->turns, head);
	if (!err)
		err = waits__finish(pf->waits, head);
	if (!err)
		err = disks__finish(pf->disks, head, report);
	if (!err)
		err = write_load(pf, head);
	if (!err)
		err = perfetto_path__write(head, report, pf->origin);
	if (!err)
		err = perfetto_findings__write(head, report,
					       pf->origin + model__window_start(pf->model));
	return err;
}

static int perfetto__finish(void *state, const struct report *report)
{
	struct perfetto *pf = state;
	const struct packets_setup first = {
		.first = true, .plain = pf->plain, .origin = pf->origin};
	const struct tasks_input tasks = {.ps = pf->ps,
					  .lanes = pf->lanes,
					  .waits = pf->waits,
					  .turns = pf->turns,
					  .model = pf->model,
					  .origin = pf->origin};
	struct packets *head = packets__new(pf->out, &first);
	int err = head ? lanes__finish(pf->lanes) : -ENOMEM;

	if (!err)
		err = locks__finish(pf->locks);
	if (!err)
		err = turns_drawn__finish(pf->turns);
	if (!err)
		err = perfetto_tasks__write(&tasks, pf->processes);
	if (!err)
		err = lanes__flush(pf->lanes);
	if (!err)
		err = write_head(pf, head, report);
	if (!err)
		err = packets__finish(head);
	if (!err)
		err = packets__finish(pf->ps);
	if (!err)
		err = spill__copy(pf->spill, pf->out);
	if (!err && fflush(pf->out))
		err = -EIO;
	packets__free(head);
	return err;
}

const struct exporter exporter_perfetto = {
	.name = "perfetto",
	.help = "a trace for Perfetto (ui.perfetto.dev)",
	.begin = perfetto__begin,
	.task_slice = perfetto__task_slice,
	.cpu_slice = perfetto__cpu_slice,
	.waking = perfetto__waking,
	.hold = perfetto__hold,
	.sample = perfetto__sample,
	.disk = perfetto__disk,
	.finish = perfetto__finish,
	.end = perfetto__end,
};
