// SPDX-License-Identifier: GPL-2.0-only
/* The tables of blame. */
#include <errno.h>
#include <stdlib.h>

#include "analysis/blame_state.h"
#include "analysis/counts.h"
#include "analysis/object_words.h"
#include "analysis/sites.h"
#include "lib/strbuf.h"
#include "model/model.h"

#define MAX_ROWS  1000 /* pairs told one by one; the rest by cause and root */
#define MAX_TASKS 1000

static const struct report_column columns[] = {
	{"cause", "waited for", R_TEXT, U_NONE, 0},
	{"sync", "object", R_INT, U_NONE, 0},
	{"subject", "what", R_TEXT, U_NONE, 0},
	{"root", "spent on", R_TEXT, U_NONE, 0},
	{"tid", "tid", R_INT, U_NONE, 0},
	{"pid", "pid", R_INT, U_NONE, 0},
	{"comm", "thread", R_TEXT, U_NONE, 0},
	{"ns", "time", R_INT, U_NS, 0},
	SITE_COLUMNS(""),
	{"site_of", "what the place is", R_TEXT, U_NONE, 0},
	{"site_share", "part of the samples", R_REAL, U_SHARE, 0},
};

static const struct report_column task_columns[] = {
	{"tid", "tid", R_INT, U_NONE, 0},
	{"pid", "pid", R_INT, U_NONE, 0},
	{"comm", "thread", R_TEXT, U_NONE, 0},
	{"ns", "waited for", R_INT, U_NS, 0},
};

static const struct report_column root_columns[] = {
	{"blame.ns", "blocked", R_INT, U_NS, 0},
	{"blame.others_ns", "of it for another", R_INT, U_NS, 0},
};

static const char *const root_names[] = {
#define X(id, name) name,
	BLAME_ROOTS(X)
#undef X
};

static const char *const site_names[] = {
	[SITE_OF_NONE] = NULL,	 [SITE_OF_SAMPLE] = "sample", [SITE_OF_RELEASE] = "release",
	[SITE_OF_WAKE] = "wake", [SITE_OF_WAIT] = "wait",
};

/* What filling in rows needs. */
struct fill {
	const struct model *model;
	struct report_table *by;
	struct object_words *objects;
	struct sites *sites;
	struct strbuf text;
};

static int begin(struct fill *f, const struct model *model, struct report *report)
{
	*f = (struct fill){.model = model};
	f->by = report__add(report, "", "blame.by", columns, sizeof(columns) / sizeof(*columns));
	f->objects = object_words__new(model, report);
	f->sites = sites__new(model, report);
	return f->objects && f->sites ? 0 : -ENOMEM;
}

static int end(struct fill *f, int err)
{
	if (strbuf__failed(&f->text))
		err = -ENOMEM;
	strbuf__free(&f->text);
	object_words__free(f->objects);
	sites__free(f->sites);
	return err;
}

static void set_task(const struct model *model, struct report_table *t, size_t row, uint32_t id)
{
	const struct model_task *task = model__task(model, id);

	table__set_int(t, row, "tid", task->tid);
	if (task->known)
		table__set_int(t, row, "pid", task->pid);
	table__set_text(t, row, "comm", task->comm);
}

static void set_subject(struct fill *f, size_t row, uint64_t class)
{
	uint32_t object = BLAME_OBJECT(class);
	const char *kind = cause__name(BLAME_CAUSE(class));

	table__set_text(f->by, row, "cause", kind);
	if (object == BLAME_NONE) {
		table__set_text(f->by, row, "subject", cause__words(BLAME_CAUSE(class)));
		return;
	}
	strbuf__reset(&f->text);
	object_words__add(f->objects, object, &f->text);
	table__set_int(f->by, row, "sync", object);
	table__set_text(f->by, row, "subject", strbuf__text(&f->text));
}

/* Where samples say that the time was spent; without any, what comes nearest. */
static void set_site(struct fill *f, size_t row, const struct blame_pair *pair)
{
	struct blame_site best = pair->site_lead ? pair->site : (struct blame_site){0};
	const struct site *site = sites__of(f->sites, best.stack);
	struct site_total top;
	const struct count *c;
	uint64_t all = 0;
	size_t pos = 0;

	if (sites__top(f->sites, pair->samples, &top, 1)) {
		while ((c = counts__next(pair->samples, &pos)))
			all += c->sum;
		best = (struct blame_site){top.stack, SITE_OF_SAMPLE};
		site = top.site;
		table__set_real(f->by, row, "site_share", (double)top.sum / (double)all);
	}
	if (!site)
		return;
	sites__set(f->sites, f->by, row, "", site, best.stack);
	table__set_text(f->by, row, "site_of", site_names[best.of]);
}

static size_t add_row(struct fill *f, uint64_t class, enum blame_root root, uint64_t ns)
{
	size_t row = table__add_row(f->by, 0);

	set_subject(f, row, class);
	table__set_text(f->by, row, "root", root_names[root]);
	table__set_int(f->by, row, "ns", (int64_t)ns);
	return row;
}

static void add_pair(struct fill *f, const struct blame_pair *pair)
{
	size_t row = add_row(f, pair->class, pair->root, pair->ns);

	if (pair->task != BLAME_NONE)
		set_task(f->model, f->by, row, pair->task);
	set_site(f, row, pair);
}

static void add_rest(struct fill *f, const struct blame_pair *pairs, size_t n)
{
	uint64_t ns[CAUSE_COUNT][BLAME_ROOT_COUNT] = {{0}};
	unsigned int cause, root;
	size_t i;

	for (i = 0; i < n; i++)
		ns[BLAME_CAUSE(pairs[i].class)][pairs[i].root] += pairs[i].ns;
	for (cause = 0; cause < CAUSE_COUNT; cause++)
		for (root = 0; root < BLAME_ROOT_COUNT; root++)
			if (ns[cause][root])
				add_row(f, BLAME_CLASS(cause, BLAME_NONE), (enum blame_root)root,
					ns[cause][root]);
}

static int longest_first(const void *a, const void *b)
{
	const struct blame_pair *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	if (x->task != y->task)
		return x->task < y->task ? -1 : 1;
	return x->root < y->root ? -1 : x->root > y->root;
}

struct charged {
	uint64_t ns;
	uint32_t task;
};

static int most_first(const void *a, const void *b)
{
	const struct charged *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return x->task < y->task ? -1 : x->task > y->task;
}

static int add_tasks(const struct blame *b, struct report *report)
{
	struct report_table *t = report__add(report, "", "blame.tasks", task_columns, 4);
	struct charged *all = calloc(b->ntasks + 1, sizeof(*all));
	size_t i, n = 0, row;

	if (!all)
		return -ENOMEM;
	for (i = 0; b->tasks && i < b->ntasks; i++)
		if (b->graph.task_ns[i])
			all[n++] = (struct charged){b->graph.task_ns[i], (uint32_t)i};
	qsort(all, n, sizeof(*all), most_first);
	for (i = 0; i < n && i < MAX_TASKS; i++) {
		row = table__add_row(t, 0);
		set_task(b->model, t, row, all[i].task);
		table__set_int(t, row, "ns", (int64_t)all[i].ns);
	}
	free(all);
	return 0;
}

static void set_root(const struct blame *b, const struct blame_pair *pairs, size_t n,
		     struct report *report)
{
	struct report_table *root = report__add(report, "", "", root_columns, 2);
	uint64_t ns = 0, others = 0;
	size_t i;

	for (i = 0; i < n; i++)
		ns += pairs[i].ns;
	for (i = 0; b->tasks && i < b->ntasks; i++)
		others += b->graph.task_ns[i];
	table__set_int(root, 0, "blame.ns", (int64_t)ns);
	table__set_int(root, 0, "blame.others_ns", (int64_t)others);
}

int blame__report(struct blame *b, struct report *report)
{
	size_t i, n = b->tasks ? blame_sums__count(b->graph.sums) : 0;
	struct blame_pair *pairs = n ? blame_sums__pairs(b->graph.sums) : NULL;
	struct fill f;
	int err = begin(&f, b->model, report);

	if (n)
		qsort(pairs, n, sizeof(*pairs), longest_first);
	set_root(b, pairs, n, report);
	for (i = 0; i < n && i < MAX_ROWS && !err; i++)
		add_pair(&f, &pairs[i]);
	if (n > MAX_ROWS && !err)
		add_rest(&f, &pairs[MAX_ROWS], n - MAX_ROWS);
	if (!err)
		err = add_tasks(b, report);
	return end(&f, err);
}
