// SPDX-License-Identifier: GPL-2.0-only
/* Which threads waited for each other in a circle when the recording ended. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/names.h"
#include "analysis/rows.h"
#include "analysis/sites.h"
#include "lib/array.h"
#include "model/holding.h"
#include "report/report.h"

#define MAX_ROWS    100 /* circles */
#define MAX_THREADS 64	/* of one circle */

/* A thread's last wait for an object; only of those that still wait is it of interest. */
struct last_wait {
	uint64_t stack, since_ns;
	const struct sync_object *object;
};

struct deadlocks {
	struct last_wait *waits; /* by task id */
	size_t ntasks;
};

static const struct report_column columns[] = {{"since_ns", "since", R_INT, U_NS, 0}};

static const struct report_column thread_columns[] = {
	{"tid", "tid", R_INT, U_NONE, 0},	   {"pid", "pid", R_INT, U_NONE, 0},
	{"comm", "thread", R_TEXT, U_NONE, 0},	   {"waits_for", "object", R_INT, U_NONE, 0},
	{"kind", "kind", R_TEXT, U_NONE, 0},	   {"name", "name", R_TEXT, U_NONE, 0},
	{"address", "address", R_TEXT, U_NONE, 0}, {"held_by", "held by", R_INT, U_NONE, 0},
	{"since_ns", "since", R_INT, U_NS, 0},	   SITE_COLUMNS("site."),
};

static void *deadlocks__begin(const struct analysis_input *in)
{
	(void)in;
	return calloc(1, sizeof(struct deadlocks));
}

static int deadlocks__slice(void *state, const struct task_slice *slice)
{
	struct deadlocks *d = state;
	struct last_wait *waits;

	if (slice->state != TASK_BLOCKED || !slice->wait->object)
		return 0;
	waits = array__reserve(d->waits, &d->ntasks, slice->task->id, sizeof(*waits));
	if (!waits)
		return -ENOMEM;
	d->waits = waits;
	waits[slice->task->id] = (struct last_wait){
		.stack = slice->wait->stack,
		.since_ns = slice->start_ns,
		.object = slice->wait->object,
	};
	return 0;
}

struct tables {
	struct report_table *circles, *threads;
	struct sites *sites;
	struct names *names;
	struct strbuf text;
};

static void set_object(struct tables *t, size_t row, const struct sync_object *object,
		       const struct name_hints *hints)
{
	char address[24];

	snprintf(address, sizeof(address), "0x%" PRIx64,
		 object->kernel ? object->kernel : object->address);
	table__set_int(t->threads, row, "waits_for", object->id);
	table__set_text(t->threads, row, "kind", cause__name(object->kind));
	table__set_text(t->threads, row, "address", address);
	strbuf__reset(&t->text);
	if (names__object(t->names, object, hints, &t->text))
		table__set_text(t->threads, row, "name", strbuf__text(&t->text));
}

static void add_circle(struct tables *t, const struct deadlocks *d,
		       const struct model_task *const *tasks,
		       const struct sync_object *const *objects, size_t n)
{
	size_t i, row, circle = table__add_row(t->circles, 0);
	uint64_t since = 0;

	for (i = 0; i < n; i++) {
		struct last_wait wait = {0};
		const struct site *site;

		if (tasks[i]->id < d->ntasks && d->waits[tasks[i]->id].object == objects[i])
			wait = d->waits[tasks[i]->id];
		site = sites__of(t->sites, wait.stack);
		row = table__add_row(t->threads, circle);
		table__set_int(t->threads, row, "tid", tasks[i]->tid);
		table__set_int(t->threads, row, "pid", tasks[i]->pid);
		table__set_text(t->threads, row, "comm", tasks[i]->comm);
		set_object(t, row, objects[i],
			   &(struct name_hints){.stack = wait.stack, .site = site});
		table__set_int(t->threads, row, "held_by", tasks[(i + 1) % n]->tid);
		if (wait.object)
			table__set_int(t->threads, row, "since_ns", (int64_t)wait.since_ns);
		sites__set(t->sites, t->threads, row, "site.", site, wait.stack);
		since = wait.since_ns > since ? wait.since_ns : since;
	}
	table__set_int(t->circles, circle, "since_ns", (int64_t)since);
}

static int deadlocks__finish(void *state, const struct analysis_input *in, struct report *report)
{
	const struct deadlocks *d = state;
	const struct model_task *tasks[MAX_THREADS];
	const struct sync_object *objects[MAX_THREADS];
	struct tables t = {
		.circles = report__add(report, "", "deadlocks", columns, 1),
		.threads = report__add(report, "deadlocks", "threads", thread_columns,
				       sizeof(thread_columns) / sizeof(*thread_columns)),
		.sites = sites__new(in->model, report),
		.names = names__new(in->model),
	};
	bool ok = t.sites && t.names;
	size_t i, n;

	for (i = 0; i < MAX_ROWS && ok; i++) {
		n = model__deadlock(in->model, i, tasks, objects, MAX_THREADS);
		if (!n)
			break;
		add_circle(&t, d, tasks, objects, n);
	}
	ok = ok && !strbuf__failed(&t.text);
	strbuf__free(&t.text);
	sites__free(t.sites);
	names__free(t.names);
	return ok ? 0 : -ENOMEM;
}

static void deadlocks__end(void *state)
{
	struct deadlocks *d = state;

	if (!d)
		return;
	free(d->waits);
	free(d);
}

const struct analysis analysis_deadlocks = {
	.name = "deadlocks",
	.begin = deadlocks__begin,
	.task_slice = deadlocks__slice,
	.blocked_only = true,
	.finish = deadlocks__finish,
	.end = deadlocks__end,
};
