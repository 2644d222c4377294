// SPDX-License-Identifier: GPL-2.0-only
/*
 * One replay is one guess at what the scheduler would do. The prediction is that of the first row;
 * the other rows differ in what nobody knows, and span the interval.
 */
#include "replay/result.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "replay/engine.h"
#include "replay/journal.h"
#include "replay/recording.h"

#define LEAST_MARGIN 0.02 /* two runs of one program differ by as much */
#define BUSY	     0.9  /* from here on CPUs are the limit */
#define ALONE	     0.5
#define MANY_OPS     4000000 /* beyond, fewer replays */

/* What is varied: all that the recording cannot tell. */
static const struct variant {
	double slice, latency;
	uint32_t lead;
	bool preempts, moves; /* moves: threads go to other CPUs than they did */
	uint64_t seed;
	double errors; /* of the part of computing that locks are held unseen; below -9: none */
} variants[] = {
	{1, 1, 1, true, false, 0, 0},	   {1, 1, 1, false, true, 1, -10},
	{0.5, 1, 4, true, false, 2, 2},	   {2, 1.5, 1, false, true, 3, 1},
	{1, 0.75, 16, true, false, 4, -1}, {1, 2, 64, false, true, 5, 2},
};

#define VARIANTS (sizeof(variants) / sizeof(*variants))

/* Parts of a time slice: which of them others have patience for is seen from the recording. */
static const double patience[] = {0.25, 1, 4};

static struct engine_settings settings_of(const struct program *p, const struct variant *v,
					  const struct prediction *out)
{
	return (struct engine_settings){
		.cpus = out->changed_cpus,
		.patience_ns = (uint64_t)((double)p->slice_ns * out->patience),
		.slice_ns = (uint64_t)((double)p->slice_ns * v->slice),
		.latency = v->latency,
		.lead = v->lead,
		.preempts = v->preempts,
		/* Without a lock, or on other CPUs, threads go other ways. */
		.settled = !v->moves && !out->moves && out->changed_cpus == p->ncpus,
		.seed = v->seed,
	};
}

static double assumed_part(const struct program *p)
{
	uint64_t all = 0, assumed = 0;
	uint32_t i;
	size_t at;

	for (i = 0; i < p->ntasks; i++) {
		bool inside = false;

		for (at = p->tasks[i].first; at < p->tasks[i].first + p->tasks[i].count; at++) {
			const struct op *op = &p->ops[at];

			if (op->flags & OP_ASSUMED)
				inside = op->kind == OP_ACQUIRE;
			if (op->kind != OP_RUN)
				continue;
			all += op->ns;
			assumed += inside ? op->ns : 0;
		}
	}
	return all ? (double)assumed / (double)all : 0;
}

static void greatest(const uint64_t *ns, size_t count, uint64_t *most, uint32_t *which)
{
	size_t i;

	*most = 0;
	for (i = 0; i < count; i++) {
		if (ns[i] <= *most)
			continue;
		*most = ns[i];
		*which = (uint32_t)i;
	}
}

static uint64_t sum(const uint64_t *ns, size_t count)
{
	uint64_t all = 0;
	size_t i;

	for (i = 0; i < count; i++)
		all += ns[i];
	return all;
}

/* What the critical path of the changed program consists of most. */
static struct limit limit_of(const struct program *p, const struct path *path,
			     const struct engine_result *r, unsigned int cpus)
{
	uint64_t room = r->wall_ns * cpus > r->other_ns ? r->wall_ns * cpus - r->other_ns : 0;
	double busy = room ? (double)r->work_ns / (double)room : 0;
	uint64_t lock, task, cause, tasks = sum(path->run_ns, p->ntasks), all = path->total_ns;
	uint32_t object = 0, t = 0, c = 0;

	greatest(path->lock_ns, p->nobjects, &lock, &object);
	greatest(path->run_ns, p->ntasks, &task, &t);
	greatest(path->cause_ns, 64, &cause, &c);
	if (!all)
		return (struct limit){.kind = LIMIT_NONE};
	if (busy > BUSY && path->queue_ns + tasks + lock > cause && cpus < p->ntasks)
		return (struct limit){.kind = LIMIT_CPUS, .share = busy};
	if (lock > tasks && lock > cause)
		return (struct limit){
			.kind = LIMIT_LOCK, .object = object, .share = (double)lock / (double)all};
	if (cause > tasks)
		return (struct limit){.kind = LIMIT_CAUSE,
				      .cause = (uint8_t)c,
				      .share = (double)cause / (double)all};
	if ((double)task > ALONE * (double)all)
		return (struct limit){.kind = LIMIT_TASK,
				      .task = p->tasks[t].id,
				      .share = (double)task / (double)all};
	return (struct limit){.kind = LIMIT_TASKS, .share = (double)tasks / (double)all};
}

static int find_limit(const struct program *p, struct engine_settings set, struct prediction *out)
{
	struct journal journal = {0};
	struct engine_result result;
	struct path path = {0};
	int err;

	set.journal = &journal;
	err = engine__run(p, &set, &result);
	if (!err)
		err = journal__path(&journal, p, &path);
	if (!err)
		out->limit = limit_of(p, &path, &result, out->changed_cpus);
	path__free(&path);
	journal__free(&journal);
	return err;
}

/* Replays with one variant's guesses; `change` NULL: unchanged. */
static int replay(const struct program *p, const struct change *change, const struct variant *v,
		  struct prediction *out, struct engine_result *result)
{
	struct program assumed = {0}, changed = {0};
	const struct program *run = v->errors > -9 ? &assumed : p;
	struct engine_settings set = settings_of(p, v, out);
	int err = run == p ? 0 : change__assume(p, v->errors, &assumed);

	if (!err && change) {
		err = change__apply(run, change, &changed);
		run = &changed;
	}
	if (!err)
		err = engine__run(run, &set, result);
	if (!err && change && v == variants) {
		out->assumed = assumed_part(run);
		err = find_limit(run, set, out);
	}
	program__free(&assumed);
	program__free(&changed);
	return err;
}

static void widen(struct prediction *out)
{
	double error = fabs(out->error), margin = error > LEAST_MARGIN ? error : LEAST_MARGIN;

	margin += out->unknown;
	out->low_ns -= (uint64_t)((double)out->low_ns * (margin < 1 ? margin : 1));
	out->high_ns += (uint64_t)((double)out->high_ns * margin);
}

/* As recorded: with the patience that comes closest. */
static int replay_unchanged(const struct program *p, struct prediction *out)
{
	struct engine_result result;
	size_t i, best = 0;
	int err;

	for (i = 0; i < sizeof(patience) / sizeof(*patience); i++) {
		struct prediction one = {.changed_cpus = p->ncpus, .patience = patience[i]};

		err = replay(p, NULL, variants, &one, &result);
		if (err)
			return err;
		out->replays++;
		one.error = p->wall_ns ? (double)result.wall_ns / (double)p->wall_ns - 1 : 0;
		if (i && fabs(one.error) >= fabs(out->error))
			continue;
		best = i;
		out->replayed_ns = result.wall_ns;
		out->error = one.error;
	}
	out->patience = patience[best];
	return 0;
}

int prediction__make(const struct program *p, const struct change *change, struct prediction *out)
{
	size_t v, count = p->nops > MANY_OPS ? 3 : VARIANTS;
	struct engine_result result;
	int err;

	memset(out, 0, sizeof(*out));
	out->recorded_ns = p->wall_ns;
	out->cpus = p->ncpus;
	out->changed_cpus = change->cpus ? change->cpus : p->ncpus;
	out->unknown = p->task_ns ? (double)p->unknown_ns / (double)p->task_ns : 0;
	err = replay_unchanged(p, out);
	out->moves = change->without != REPLAY_NONE;
	for (v = 0; v < count && !err; v++) {
		err = replay(p, change, &variants[v], out, &result);
		if (err)
			break;
		if (!v)
			out->wall_ns = out->low_ns = out->high_ns = result.wall_ns;
		if (result.wall_ns < out->low_ns)
			out->low_ns = result.wall_ns;
		if (result.wall_ns > out->high_ns)
			out->high_ns = result.wall_ns;
		out->dropped += result.dropped;
		out->replays++;
	}
	widen(out);
	return err;
}
