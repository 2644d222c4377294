// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/analyse.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/analysis.h"
#include "cmd/backward.h"
#include "cmd/guest.h"
#include "cmd/progress.h"
#include "cmd/target.h"
#include "export/export.h"
#include "lib/error.h"
#include "model/history.h"
#include "model/model.h"
#include "report/report.h"
#include "trace/ahead.h"
#include "trace/info.h"
#include "trace/reader.h"
#include "verdict/verdict.h"

#define EVENTS_A_LOOK 32768 /* between two looks at clock and signals */

struct pass {
	const struct analyse_options *opts;
	struct trace_reader *reader;
	struct model *model;
	struct history *history;
	struct report *report;
	struct analysis_input in;
	void **states; /* by place in analyses[] */
	size_t nstates;
	struct target *targets;
	size_t ntargets;
};

static int no_memory(struct error *err)
{
	return error__set(err, -ENOMEM, "not enough memory to analyse the trace");
}

static int begin_analyses(struct pass *p, struct error *err)
{
	size_t count = 0;

	while (analyses[count])
		count++;
	p->states = calloc(count + 1, sizeof(*p->states));
	if (!p->states)
		return no_memory(err);
	for (; p->nstates < count; p->nstates++) {
		const struct analysis *a = analyses[p->nstates];
		struct model_sink sink = {
			.task_slice = a->task_slice,
			.blocked_only = a->blocked_only,
			.cpu_slice = a->cpu_slice,
			.waking = a->waking,
			.hold = a->hold,
			.sample = a->sample,
			.disk = a->disk,
		};
		int rc;

		sink.ctx = a->begin(&p->in);
		if (!sink.ctx)
			return no_memory(err);
		p->states[p->nstates] = sink.ctx;
		rc = model__add_sink(p->model, &sink);
		if (rc) {
			p->nstates++; /* this one is to be ended, too */
			return error__errno(err, rc, "cannot add the analysis '%s'", a->name);
		}
	}
	return 0;
}

static int begin_history(struct pass *p, struct error *err)
{
	struct model_sink sink;
	int rc;

	p->history = history__new();
	if (!p->history)
		return no_memory(err);
	sink = history__sink(p->history);
	rc = model__add_sink(p->model, &sink);
	return rc ? error__errno(err, rc, "cannot keep the history") : 0;
}

static int begin_guest(struct pass *p, struct error *err)
{
	const struct analyse_guest *guest = p->opts->guest;
	int rc = guest ? model__add_sink(p->model, &guest->sink) : 0;

	if (guest && guest->begin)
		guest->begin(guest->ctx, &p->in);
	return rc ? error__errno(err, rc, "cannot watch the trace") : 0;
}

static int begin_targets(struct pass *p, struct error *err)
{
	const struct export_input in = {.model = p->model, .info = p->in.info};

	p->targets = calloc(p->opts->ntargets + 1, sizeof(*p->targets));
	if (!p->targets)
		return no_memory(err);
	for (; p->ntargets < p->opts->ntargets; p->ntargets++)
		target__begin(&p->targets[p->ntargets], &p->opts->targets[p->ntargets], &in,
			      p->model);
	return 0;
}

static int begin(struct pass *p, struct error *err)
{
	int rc = trace_reader__open(p->opts->trace, &p->reader, err);

	if (rc)
		return rc;
	p->in.info = trace_reader__info(p->reader);
	p->in.trailer = trace_reader__trailer(p->reader);
	p->in.file_bytes = trace_reader__bytes(p->reader);
	p->in.truncated = trace_reader__truncated(p->reader);
	p->in.events = p->in.trailer->events;
	p->model = model__new(p->in.info, p->in.trailer);
	p->report = report__new();
	if (!p->model || !p->report)
		return no_memory(err);
	p->in.model = p->model;
	rc = begin_analyses(p, err);
	if (!rc)
		rc = begin_history(p, err);
	if (!rc)
		rc = begin_guest(p, err);
	return rc ? rc : begin_targets(p, err);
}

static int read_all(struct pass *p, struct error *err)
{
	struct read_ahead *ahead = read_ahead__new(p->reader);
	struct progress progress;
	struct trace_event event;
	uint64_t events = 0;
	int rc;

	if (!ahead)
		return no_memory(err);
	progress__begin(&progress, "reading the trace", p->in.trailer->events);
	while ((rc = read_ahead__next(ahead, &event, err)) > 0) {
		rc = model__apply(p->model, &event);
		if (rc) {
			error__errno(err, rc, "cannot analyse %s", p->opts->trace);
			break;
		}
		if (++events % EVENTS_A_LOOK)
			continue;
		progress__update(&progress, events);
		if (p->opts->cancelled && p->opts->cancelled(p->opts->ctx)) {
			rc = error__set(err, -EINTR, "interrupted: no report");
			break;
		}
	}
	progress__end(&progress);
	read_ahead__free(ahead);
	p->in.events = events;
	return rc;
}

/* One line for all of them: nobody shall look for a file that is not there. */
static int add_failure(struct error *err, int rc, const struct error *more)
{
	size_t len;

	if (!rc) {
		*err = *more;
		return more->code;
	}
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, "; %s", more->text);
	return rc;
}

static int finish(struct pass *p, struct error *err)
{
	int rc = model__finish(p->model);
	size_t i;

	if (!rc)
		rc = history__end(p->history);
	if (!rc)
		rc = backward__run(p->history, p->states);
	for (i = 0; i < p->nstates && !rc; i++)
		rc = analyses[i]->finish(p->states[i], &p->in, p->report);
	if (!rc)
		rc = verdict__judge(p->report);
	if (rc)
		return error__errno(err, rc, "cannot analyse %s", p->opts->trace);
	if (report__failed(p->report))
		return no_memory(err);
	if (p->opts->guest)
		rc = p->opts->guest->finish(p->opts->guest->ctx, &p->in, p->report, err);
	for (i = 0; i < p->ntargets; i++) {
		target__finish(&p->targets[i], p->report);
		if (p->targets[i].err.code)
			rc = add_failure(err, rc, &p->targets[i].err);
	}
	return rc;
}

static void end(struct pass *p)
{
	size_t i;

	for (i = 0; i < p->ntargets; i++)
		target__end(&p->targets[i]);
	free(p->targets);
	for (i = 0; i < p->nstates; i++) {
		if (analyses[i]->end)
			analyses[i]->end(p->states[i]);
	}
	free(p->states);
	report__free(p->report);
	history__free(p->history);
	model__free(p->model);
	trace_reader__close(p->reader);
}

int analyse__report(const struct analyse_options *opts, struct report **report, struct error *err)
{
	struct pass p = {.opts = opts};
	int rc = begin(&p, err);

	if (!rc)
		rc = read_all(&p, err);
	if (!rc)
		rc = finish(&p, err);
	*report = NULL;
	if (!rc) {
		*report = p.report;
		p.report = NULL;
	}
	end(&p);
	return rc;
}

int analyse__run(const struct analyse_options *opts, struct error *err)
{
	struct report *report;
	int rc = analyse__report(opts, &report, err);

	report__free(report);
	return rc;
}
