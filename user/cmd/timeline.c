// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "analysis/analysis.h"
#include "cmd/analyse.h"
#include "cmd/commands.h"
#include "cmd/guest.h"
#include "cmd/options.h"
#include "cmd/privilege.h"
#include "cmd/range.h"
#include "cmd/sandbox.h"
#include "cmd/screen.h"
#include "cmd/session.h"
#include "cmd/signals.h"
#include "export/timeline.h"
#include "lib/error.h"
#include "report/report.h"

#define WHO "conctrace timeline"

struct request {
	const char *trace;
	struct range range;
	struct option_list tasks, syncs;
	uint32_t width;
	bool all, ascii;
};

/* The slices' way to the timeline. */
struct watch {
	struct timeline *timeline;
	const struct model *model;
	uint64_t from_ns;
};

static void on_begin(void *ctx, const struct analysis_input *in)
{
	struct watch *w = ctx;

	w->model = in->model;
}

static int on_task(void *ctx, const struct task_slice *slice)
{
	struct watch *w = ctx;

	return timeline__task(w->timeline, slice, model__window_start(w->model));
}

static int on_cpu(void *ctx, const struct cpu_slice *slice)
{
	struct watch *w = ctx;

	return timeline__cpu(w->timeline, slice, model__window_start(w->model));
}

static int on_hold(void *ctx, const struct hold_slice *slice)
{
	struct watch *w = ctx;

	return timeline__hold(w->timeline, slice, model__window_start(w->model));
}

static int on_finish(void *ctx, const struct analysis_input *in, struct report *report,
		     struct error *err)
{
	uint64_t wall_ns = (uint64_t)table__int(report__find(report, ""), 0, "wall_ns");
	struct watch *w = ctx;
	int rc = range__check(w->from_ns, wall_ns, err);

	(void)in;
	return rc ? rc : timeline__draw(w->timeline, report, stdout, err);
}

static int draw(const struct timeline_view *view, struct analyse_options *opts, struct error *err)
{
	struct watch watch = {.timeline = timeline__new(view), .from_ns = view->from_ns};
	const struct analyse_guest guest = {.sink = {.ctx = &watch,
						     .task_slice = on_task,
						     .cpu_slice = on_cpu,
						     .hold = on_hold},
					    .begin = on_begin,
					    .finish = on_finish,
					    .ctx = &watch};
	int rc;

	if (!watch.timeline)
		return error__set(err, -ENOMEM, "not enough memory for the timeline");
	opts->guest = &guest;
	rc = analyse__run(opts, err);
	opts->guest = NULL;
	timeline__free(watch.timeline);
	return rc;
}

static int show(const struct request *r, struct error *err)
{
	struct analyse_options opts = {.trace = r->trace, .cancelled = signals__any};
	struct timeline_view view = {.tasks = r->tasks.words,
				     .ntasks = r->tasks.count,
				     .syncs = r->syncs.words,
				     .nsyncs = r->syncs.count,
				     .all = r->all,
				     .columns = r->width ? r->width : screen__columns(),
				     .unicode = !r->ascii && screen__unicode()};
	const struct sandbox_options bounds = {.trace = r->trace};
	struct sandbox *sandbox = NULL;
	struct signals *signals;
	int rc = signals__open(&signals, err);

	if (rc)
		return rc;
	opts.ctx = signals;
	privilege__to_read();
	rc = sandbox__enter(&bounds, &sandbox, err);
	if (!rc)
		rc = range__find(&r->range, &opts, &view.from_ns, &view.to_ns, err);
	if (!rc)
		rc = draw(&view, &opts, err);
	sandbox__end(sandbox);
	signals__close(signals);
	return rc;
}

static int check(struct request *r, struct error *err)
{
	int rc = range__parse(&r->range, err);

	if (!rc && r->width && (r->width < SCREEN_LEAST || r->width > SCREEN_MOST))
		rc = error__set(err, -EINVAL, "--width %u: it must be %d to %d columns", r->width,
				SCREEN_LEAST, SCREEN_MOST);
	return rc;
}

static int parse(struct request *r, int argc, char **argv, struct error *err)
{
	const struct option_row rows[] = {
		{"from", 0, "TIME", "begin there: 1.5s, 200ms, 30us, or 40% of the run",
		 OPTION_TEXT, &r->range.from_text},
		{"to", 0, "TIME", "end there", OPTION_TEXT, &r->range.to_text},
		{"task", 0, "THREAD", "this thread, by its tid or name, and no other; repeatable",
		 OPTION_LIST, &r->tasks},
		{"sync", 0, "NAME",
		 "this lock or other sync object, by its name or its id; repeatable", OPTION_LIST,
		 &r->syncs},
		{"all", 0, NULL, "all threads and CPUs, not the busiest alone", OPTION_FLAG,
		 &r->all},
		{"ascii", 0, NULL, "letters and signs of ASCII alone, names included", OPTION_FLAG,
		 &r->ascii},
		{"width", 0, "COLUMNS", "as wide as that, whatever the terminal says", OPTION_COUNT,
		 &r->width},
	};
	const struct option_table table = {
		.command = WHO,
		.usage = WHO " [OPTIONS] [FILE]\n",
		.intro = "Draws what CPUs, threads and locks did over time; FILE is "
			 "" SESSION_DEFAULT_FILE " unless given.",
		.rows = rows,
		.count = sizeof(rows) / sizeof(*rows)};
	char **words;
	int rc = options__parse(&table, argc, argv, &words, err);

	if (!rc)
		rc = options__file(words, &r->trace, err);
	if (rc)
		return rc;
	return check(r, err);
}

static int run(int argc, char **argv)
{
	struct request request = {0};
	struct error err = {0};
	int rc = parse(&request, argc, argv, &err);

	if (rc == 1)
		return 0;
	if (!rc)
		rc = show(&request, &err);
	if (!rc)
		return 0;
	commands__fail(WHO, &err);
	return rc == -EINTR ? 128 + SIGINT : EXIT_OWN_FAILURE;
}

const struct command command_timeline = {
	.name = "timeline",
	.summary = "draw what CPUs, threads and locks did over time",
	.run = run,
};
