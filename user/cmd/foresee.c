// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/foresee.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/analysis.h"
#include "cmd/whatif.h"
#include "model/holding.h"
#include "replay/recording.h"
#include "report/report.h"
#include "verdict/verdict.h"

#define MOST_SLICES 250000 /* a replay of so many takes some 0.3 s */
#define MOST_MISS   0.05   /* of the replay as recorded: else it is not to be relied on */

struct foresee {
	struct recording recording;
	struct model_sink sink; /* the recording's */
	size_t slices;
};

struct foresee *foresee__new(void)
{
	struct foresee *f = calloc(1, sizeof(*f));

	if (f)
		f->sink = recording__sink(&f->recording);
	return f;
}

void foresee__free(struct foresee *f)
{
	if (!f)
		return;
	recording__clear(&f->recording);
	free(f);
}

/* Too many: what was kept so far is of no use. */
static bool is_enough(struct foresee *f)
{
	if (f->slices == MOST_SLICES)
		recording__clear(&f->recording);
	return f->slices++ >= MOST_SLICES;
}

static int add_task(void *ctx, const struct task_slice *slice)
{
	struct foresee *f = ctx;

	return is_enough(f) ? 0 : f->sink.task_slice(f->sink.ctx, slice);
}

static int add_cpu(void *ctx, const struct cpu_slice *slice)
{
	struct foresee *f = ctx;

	return f->slices >= MOST_SLICES ? 0 : f->sink.cpu_slice(f->sink.ctx, slice);
}

static int add_waking(void *ctx, const struct model_waking *waking)
{
	struct foresee *f = ctx;

	return f->slices >= MOST_SLICES ? 0 : f->sink.waking(f->sink.ctx, waking);
}

static int add_hold(void *ctx, const struct hold_slice *slice)
{
	struct foresee *f = ctx;

	return f->slices >= MOST_SLICES ? 0 : f->sink.hold(f->sink.ctx, slice);
}

static int add_sample(void *ctx, const struct model_sample *sample)
{
	struct foresee *f = ctx;

	return f->slices >= MOST_SLICES ? 0 : f->sink.sample(f->sink.ctx, sample);
}

/* What would be gone, for the first finding of a code: the worst. */
static void take_lock_away(struct change *c, const struct report_table *t, size_t row)
{
	c->without = (uint32_t)table__int(t, row, "sync");
}

static void take_sleep_away(struct change *c, const struct report_table *t, size_t row)
{
	(void)t;
	(void)row;
	c->timers = 0;
}

static const struct {
	const char *code;
	void (*take_away)(struct change *c, const struct report_table *t, size_t row);
} asked[] = {
	{"lock-contention", take_lock_away},
	{"gil", take_lock_away},
	{"sleep-bound", take_sleep_away},
};

#define NASKED (sizeof(asked) / sizeof(asked[0]))

static size_t first_of(const struct report_table *t, const char *code)
{
	size_t row;

	for (row = 0; row < table__rows(t); row++) {
		const char *other = table__text(t, row, "code");

		if (other && !strcmp(other, code))
			return row;
	}
	return SIZE_MAX;
}

static bool is_reliable(const struct prediction *p)
{
	return p->error <= MOST_MISS && p->error >= -MOST_MISS;
}

static void tell(struct report_table *t, size_t row, struct whatif_answer *answer,
		 const struct report *report, const struct model *model)
{
	const struct prediction *p = &answer->prediction;

	whatif__name_limit(answer, report, model);
	table__set_int(t, row, "without.wall_ns", (int64_t)p->wall_ns);
	table__set_int(t, row, "without.low_ns", (int64_t)p->low_ns);
	table__set_int(t, row, "without.high_ns", (int64_t)p->high_ns);
	table__set_text(t, row, "without.limit", answer->limit);
}

static bool is_asked(const char *code)
{
	size_t i;

	for (i = 0; i < NASKED; i++)
		if (code && !strcmp(asked[i].code, code))
			return true;
	return false;
}

/* Of what a replay might have said, and has not: why. */
static void excuse(struct report_table *t, const char *why)
{
	size_t row;

	for (row = 0; row < table__rows(t); row++)
		if (is_asked(table__text(t, row, "code")) &&
		    !table__has(t, row, "without.wall_ns") && !table__has(t, row, "unpredicted"))
			table__set_text(t, row, "unpredicted", why);
}

static void excuse_miss(struct report_table *t, double miss)
{
	char why[64];

	snprintf(why, sizeof(why), "a replay misses this run by %.0f %%",
		 100 * (miss < 0 ? -miss : miss));
	excuse(t, why);
}

/* A program that replays unlike itself is not asked a second time. Returns if all were asked. */
static bool ask_all(const struct program *program, struct report_table *t,
		    const struct report *report, const struct model *model)
{
	size_t i, row;

	for (i = 0; i < NASKED; i++) {
		struct whatif_answer answer = {.change = {.without = REPLAY_NONE,
							  .held = REPLAY_NONE,
							  .hold = 1,
							  .io = 1,
							  .timers = 1,
							  .faster = 1}};

		row = first_of(t, asked[i].code);
		if (row == SIZE_MAX)
			continue;
		asked[i].take_away(&answer.change, t, row);
		if (prediction__make(program, &answer.change, &answer.prediction))
			return false;
		if (!is_reliable(&answer.prediction)) {
			excuse_miss(t, answer.prediction.error);
			return false;
		}
		tell(t, row, &answer, report, model);
	}
	return true;
}

static bool has_anything_to_ask(const struct report_table *t)
{
	size_t row;

	for (row = 0; row < table__rows(t); row++)
		if (is_asked(table__text(t, row, "code")))
			return true;
	return false;
}

static int finish(void *ctx, const struct analysis_input *in, struct report *report,
		  struct error *err)
{
	struct foresee *f = ctx;
	struct report_table *t = report__find(report, "findings");
	const struct model_task *tasks[2];
	const struct sync_object *objects[2];
	struct program program;
	bool all;

	(void)err; /* a report without it is a report, too */
	if (!has_anything_to_ask(t))
		return 0;
	if (f->slices > MOST_SLICES || model__deadlock(in->model, 0, tasks, objects, 2)) {
		excuse(t, f->slices > MOST_SLICES ? "the run is too long to be replayed"
						  : "a run that hangs cannot be replayed");
		return 0;
	}
	all = !program__build(&program, &f->recording, in->model, NULL, NULL) &&
	      ask_all(&program, t, report, in->model);
	program__free(&program);
	excuse(t, all ? "only the worst of its kind is replayed" : "this run cannot be replayed");
	return verdict__weigh(report);
}

struct analyse_guest foresee__guest(struct foresee *f)
{
	const struct model_sink *inner = &f->sink;

	return (struct analyse_guest){.sink = {.ctx = f,
					       .task_slice = inner->task_slice ? add_task : NULL,
					       .cpu_slice = inner->cpu_slice ? add_cpu : NULL,
					       .waking = inner->waking ? add_waking : NULL,
					       .hold = inner->hold ? add_hold : NULL,
					       .sample = inner->sample ? add_sample : NULL},
				      .finish = finish,
				      .ctx = f};
}
