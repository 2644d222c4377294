// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/path_report.h"
#include "analysis/object_words.h"

#include <errno.h>
#include <stdlib.h>

#include "analysis/object_words.h"
#include "analysis/path_rows.h"
#include "analysis/segments.h"
#include "analysis/sites.h"
#include "lib/strbuf.h"
#include "model/file_words.h"
#include "model/model.h"
#include "report/report.h"

#define MAX_ROWS   1000
#define MAX_STACKS 32
#define STATES	   4

static const char *const states[STATES] = {
	[TASK_RUNNING] = "running",
	[TASK_RUNNABLE] = "runnable",
	[TASK_BLOCKED] = "blocked",
	[TASK_UNKNOWN] = "unknown",
};

static const char *const wakers[] = {
	[WAKE_UNKNOWN] = "unknown", [WAKE_TASK] = "task", [WAKE_TIMER] = "timer",
	[WAKE_NETWORK] = "network", [WAKE_DISK] = "disk", [WAKE_IRQ] = "irq",
};

#define WHAT_COLUMNS                                                                               \
	{"tid", "tid", R_INT, U_NONE, 0}, {"pid", "pid", R_INT, U_NONE, 0},                        \
		{"comm", "thread", R_TEXT, U_NONE, 0}, {"state", "state", R_TEXT, U_NONE, 0},      \
		{"cause", "cause", R_TEXT, U_NONE, 0}, {"sync", "object", R_INT, U_NONE, 0},       \
		{"subject", "what for", R_TEXT, U_NONE, 0},                                        \
	{                                                                                          \
		"woken_by", "ended by", R_TEXT, U_NONE, 0                                          \
	}

static const struct report_column by_columns[] = {
	WHAT_COLUMNS,
	{"ns", "time", R_INT, U_NS, 0},
	{"times", "times", R_INT, U_COUNT, 0},
	{"samples", "samples", R_INT, U_COUNT, R_SKIP_ZERO},
	SITE_COLUMNS(""),
};

static const struct report_column segment_columns[] = {
	{"start_ns", "from", R_INT, U_NS, 0},
	{"end_ns", "to", R_INT, U_NS, 0},
	WHAT_COLUMNS,
	{"pieces", "pieces", R_INT, U_COUNT, R_SKIP_ZERO},
};

static const struct report_column root_columns[] = {
	{"critical_path.ns", "critical path", R_INT, U_NS, 0},
	{"critical_path.running_ns", "running", R_INT, U_NS, 0},
	{"critical_path.runnable_ns", "waiting for a CPU", R_INT, U_NS, 0},
	{"critical_path.blocked_ns", "blocked", R_INT, U_NS, 0},
	{"critical_path.unknown_ns", "unknown", R_INT, U_NS, R_SKIP_ZERO},
	{"critical_path.merged_below_ns", "shortest", R_INT, U_NS, R_SKIP_ZERO},
};

struct fill {
	const struct model *model;
	struct object_words *objects;
	struct sites *sites;
};

static int begin(struct fill *f, const struct model *model, struct report *report)
{
	f->model = model;
	f->objects = object_words__new(model, report);
	f->sites = sites__new(model, report);
	return f->sites && f->objects ? 0 : -ENOMEM;
}

static void end(struct fill *f)
{
	sites__free(f->sites);
	object_words__free(f->objects);
}

/* What it waited for; what ended the wait, if that is all there is to say. */
static void add_subject(const struct fill *f, const struct path_what *what, struct strbuf *out)
{
	static const char *const sources[] = {
		[WAKE_UNKNOWN] = "",	    [WAKE_TASK] = "",	  [WAKE_TIMER] = "timer",
		[WAKE_NETWORK] = "network", [WAKE_DISK] = "disk", [WAKE_IRQ] = "interrupt",
	};

	if (what->state == TASK_RUNNABLE)
		strbuf__puts(out, what->preempted ? "CPU, preempted" : "CPU");
	if (what->state != TASK_BLOCKED)
		return;
	if (what->object != PAST_NONE)
		object_words__add(f->objects, what->object, out);
	else if (what->file != PAST_NONE && model__file(f->model, what->file))
		file__name(f->model, model__file(f->model, what->file), out);
	if (!out->len)
		strbuf__puts(out, sources[what->woken_by]);
	if (what->from != PAST_NONE)
		strbuf__printf(out, "%sexternal: %s", out->len ? ", " : "",
			       model__task(f->model, what->from)->comm);
}

static int set_what(const struct fill *f, struct report_table *t, size_t row,
		    const struct path_what *what)
{
	struct strbuf subject = {0};
	int err;

	if (what->task != PAST_NONE) {
		const struct model_task *task = model__task(f->model, what->task);

		table__set_int(t, row, "tid", task->tid);
		if (task->known)
			table__set_int(t, row, "pid", task->pid);
		table__set_text(t, row, "comm", task->comm);
	}
	table__set_text(t, row, "state", states[what->state]);
	if (what->state == TASK_BLOCKED) {
		table__set_text(t, row, "cause", cause__name((enum cause)what->cause));
		table__set_text(t, row, "woken_by", wakers[what->woken_by]);
	}
	if (what->object != PAST_NONE)
		table__set_int(t, row, "sync", what->object);
	add_subject(f, what, &subject);
	if (subject.len)
		table__set_text(t, row, "subject", strbuf__text(&subject));
	err = strbuf__failed(&subject) ? -ENOMEM : 0;
	strbuf__free(&subject);
	return err;
}

static int longest_first(const void *a, const void *b)
{
	const struct path_row *x = *(const struct path_row *const *)a;
	const struct path_row *y = *(const struct path_row *const *)b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return x < y ? -1 : x > y;
}

static void set_site(const struct fill *f, struct report_table *t, size_t row,
		     const struct path_row *r)
{
	struct site_total top[MAX_STACKS];

	if (sites__top(f->sites, r->stacks, top, MAX_STACKS))
		sites__set(f->sites, t, row, "", top[0].site, top[0].stack);
}

/* What finds no room of its own is summed up by state, so that all adds up. */
static void add_rest(struct report_table *t, struct path_row *const *list, size_t from, size_t n)
{
	uint64_t ns[STATES] = {0}, times[STATES] = {0};
	size_t i, row;

	for (i = from; i < n; i++) {
		ns[list[i]->what.state] += list[i]->ns;
		times[list[i]->what.state] += list[i]->pieces;
	}
	for (i = 0; i < STATES; i++) {
		if (!ns[i])
			continue;
		row = table__add_row(t, 0);
		table__set_text(t, row, "state", states[i]);
		table__set_int(t, row, "ns", (int64_t)ns[i]);
		table__set_int(t, row, "times", (int64_t)times[i]);
	}
}

static int add_row(const struct fill *f, struct report_table *t, const struct path_row *r)
{
	size_t row = table__add_row(t, 0);

	table__set_int(t, row, "ns", (int64_t)r->ns);
	table__set_int(t, row, "times", (int64_t)r->pieces);
	table__set_int(t, row, "samples", (int64_t)r->samples);
	set_site(f, t, row, r);
	return set_what(f, t, row, &r->what);
}

static int add_rows(const struct fill *f, struct report_table *t, struct path_rows *rows)
{
	size_t i, n = 0, count = path_rows__count(rows);
	struct path_row **list = calloc(count + 1, sizeof(struct path_row *));
	int err = list ? 0 : -ENOMEM;

	for (i = 0; i < count && !err; i++)
		if (path_rows__at(rows, (uint32_t)i)->ns)
			list[n++] = path_rows__at(rows, (uint32_t)i);
	if (n)
		qsort(list, n, sizeof(struct path_row *), longest_first);
	for (i = 0; i < n && i < MAX_ROWS && !err; i++)
		err = add_row(f, t, list[i]);
	if (!err)
		add_rest(t, list, i, n);
	free(list);
	return err;
}

static int add_segments(const struct fill *f, struct report_table *t,
			const struct segments *segments, struct path_rows *rows)
{
	size_t i, row;
	int err = 0;

	for (i = segments__count(segments); i-- && !err;) {
		const struct segment *s = segments__at(segments, i);

		row = table__add_row(t, 0);
		table__set_int(t, row, "start_ns", (int64_t)s->start_ns);
		table__set_int(t, row, "end_ns", (int64_t)s->end_ns);
		table__set_int(t, row, "pieces", s->pieces > 1 ? (int64_t)s->pieces : 0);
		err = set_what(f, t, row, &path_rows__at(rows, s->what)->what);
	}
	return err;
}

static void set_sums(struct report_table *root, struct path_rows *rows,
		     const struct segments *segments)
{
	static const char *const keys[STATES] = {
		[TASK_RUNNING] = "critical_path.running_ns",
		[TASK_RUNNABLE] = "critical_path.runnable_ns",
		[TASK_BLOCKED] = "critical_path.blocked_ns",
		[TASK_UNKNOWN] = "critical_path.unknown_ns",
	};
	uint64_t ns[STATES] = {0}, all = 0;
	size_t i;

	for (i = 0; i < path_rows__count(rows); i++) {
		const struct path_row *r = path_rows__at(rows, (uint32_t)i);

		ns[r->what.state] += r->ns;
		all += r->ns;
	}
	for (i = 0; i < STATES; i++)
		table__set_int(root, 0, keys[i], (int64_t)ns[i]);
	table__set_int(root, 0, "critical_path.ns", (int64_t)all);
	table__set_int(root, 0, "critical_path.merged_below_ns",
		       (int64_t)segments__merged_below(segments));
}

int path_report__fill(const struct model *model, struct path_rows *rows,
		      const struct segments *segments, struct report *report)
{
	struct report_table *root = report__add(report, "", "", root_columns, 6);
	struct report_table *by = report__add(report, "", "critical_path.by", by_columns,
					      sizeof(by_columns) / sizeof(*by_columns));
	struct report_table *list =
		report__add(report, "", "critical_path.segments", segment_columns,
			    sizeof(segment_columns) / sizeof(*segment_columns));
	struct fill f = {0};
	int err = begin(&f, model, report);

	set_sums(root, rows, segments);
	if (!err)
		err = add_rows(&f, by, rows);
	if (!err)
		err = add_segments(&f, list, segments, rows);
	end(&f);
	return err;
}
