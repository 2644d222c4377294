// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which locks and other sync objects threads waited for: how often, how long, where; who held them
 * meanwhile, what the holders did, and where they let go.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/counts.h"
#include "analysis/hold_times.h"
#include "analysis/names.h"
#include "analysis/parking.h"
#include "analysis/rows.h"
#include "analysis/sites.h"
#include "analysis/sync_holders.h"
#include "analysis/waiters.h"
#include "lib/array.h"
#include "report/report.h"

#define MAX_ROWS   1000 /* objects told one by one; the rest is summed up */
#define MAX_STACKS 128	/* kept of one object */
/* Sites and holders told of an object: of the first ones, and of the rest. */
#define FIRST_ROWS   100
#define MANY_DETAILS 16
#define FEW_DETAILS  4

struct object_time {
	uint64_t waits, wait_ns, max_ns;
	uint32_t waiters; /* tasks */
	uint32_t id;
	struct counts *stacks, *releases; /* where it was waited for; where let go */
	struct counts *holding;		  /* where its holder computed meanwhile, by samples */
	const struct file_info *file;	  /* the memory's, if it is shared */
	struct hold_times *holds;	  /* of Python's interpreter lock; else NULL */
};

struct sync {
	struct object_time *objects; /* by object id */
	size_t nobjects;
	struct waiters *waiters;
};

static const struct report_column columns[] = {
	{"id", "id", R_INT, U_NONE, 0},
	{"kind", "kind", R_TEXT, U_NONE, 0},
	{"name", "name", R_TEXT, U_NONE, 0},
	{"address", "address", R_TEXT, U_NONE, 0},
	{"pid", "pid", R_INT, U_NONE, 0},
	{"shared", "shared", R_BOOL, U_NONE, 0},
	{"libc", "of the C library", R_BOOL, U_NONE, R_SKIP_ZERO},
	{"parking", "parking place", R_BOOL, U_NONE, R_SKIP_ZERO},
	{"waits", "waits", R_INT, U_COUNT, 0},
	{"wait_ns", "waited", R_INT, U_NS, 0},
	{"max_wait_ns", "longest", R_INT, U_NS, 0},
	{"waiters", "waiters", R_INT, U_COUNT, 0},
	{"confidence", "confidence", R_TEXT, U_NONE, 0},
	{"handoff.count", "hand-offs", R_INT, U_COUNT, 0},
	{"handoff.p50_ns", "half within", R_INT, U_NS, 0},
	{"handoff.max_ns", "longest", R_INT, U_NS, 0},
	{"handoff.total_ns", "in all", R_INT, U_NS, 0},
	{"hold.count", "times held", R_INT, U_COUNT, 0},
	{"hold.p50_ns", "half within", R_INT, U_NS, 0},
	{"hold.max_ns", "longest", R_INT, U_NS, 0},
	{"other_holders.count", "other holders", R_INT, U_COUNT, 0},
	{"other_holders.ns", "held", R_INT, U_NS, 0},
	{"other_sites.waits", "waits elsewhere", R_INT, U_COUNT, 0},
	{"other_sites.wait_ns", "waited", R_INT, U_NS, 0},
};

static const struct report_column site_columns[] = {
	SITE_COLUMNS(""),
	{"waits", "waits", R_INT, U_COUNT, 0},
	{"wait_ns", "waited", R_INT, U_NS, 0},
};

static const struct report_column release_columns[] = {
	SITE_COLUMNS(""),
	{"releases", "releases", R_INT, U_COUNT, 0},
};

static const struct report_column holding_columns[] = {
	SITE_COLUMNS(""),
	{"samples", "samples", R_INT, U_COUNT, 0},
};

static const struct report_column omitted_columns[] = {
	{"sync_omitted.objects", "further objects", R_INT, U_COUNT, 0},
	{"sync_omitted.waits", "their waits", R_INT, U_COUNT, 0},
	{"sync_omitted.wait_ns", "waited", R_INT, U_NS, 0},
};

/* What filling in rows needs. */
struct tables {
	struct report_table *objects, *holders, *sites, *releases, *holding;
	struct sites *where;
	struct names *names;
	struct strbuf text;
};

static void sync__end(void *state)
{
	struct sync *sync = state;
	size_t i;

	if (!sync)
		return;
	for (i = 0; i < sync->nobjects; i++) {
		hold_times__free(sync->objects[i].holds);
		counts__free(sync->objects[i].stacks);
		counts__free(sync->objects[i].releases);
		counts__free(sync->objects[i].holding);
	}
	waiters__free(sync->waiters);
	free(sync->objects);
	free(sync);
}

static void *sync__begin(const struct analysis_input *in)
{
	struct sync *sync = calloc(1, sizeof(*sync));

	(void)in;
	if (!sync)
		return NULL;
	sync->waiters = waiters__new();
	if (sync->waiters)
		return sync;
	sync__end(sync);
	return NULL;
}

/* Of these the model tells when they were let go; of the others whoever wakes a waiter does it. */
static bool is_held(enum cause kind)
{
	return kind == CAUSE_MUTEX || kind == CAUSE_RWLOCK || kind == CAUSE_GIL;
}

/* Where it waited, and where it was let go. */
static int add_stacks(struct object_time *object, const struct task_slice *slice, uint64_t ns)
{
	int err = 0;

	if (slice->wait->stack)
		err = counts__add(&object->stacks, slice->wait->stack, 1, ns, MAX_STACKS);
	if (!err && slice->woken_by == WAKE_TASK && slice->waker_stack &&
	    !is_held(slice->wait->object->kind))
		err = counts__add(&object->releases, slice->waker_stack, 1, 0, MAX_STACKS);
	return err;
}

static struct object_time *object_of(struct sync *sync, uint32_t id)
{
	struct object_time *objects =
		array__reserve(sync->objects, &sync->nobjects, id, sizeof(*objects));

	if (!objects)
		return NULL;
	sync->objects = objects;
	return &objects[id];
}

static int sync__hold(void *state, const struct hold_slice *slice)
{
	bool python = slice->object->kind == CAUSE_GIL;
	struct object_time *object;
	int err = 0;

	if (!python && (!slice->release_stack || !is_held(slice->object->kind)))
		return 0;
	object = object_of(state, slice->object->id);
	if (!object)
		return -ENOMEM;
	if (python)
		err = hold_times__add(&object->holds, slice);
	if (err || !slice->release_stack)
		return err;
	return counts__add(&object->releases, slice->release_stack, 1, 0, MAX_STACKS);
}

static int sync__sample(void *state, const struct model_sample *sample)
{
	struct object_time *object;

	if (!sample->held || !sample->stack)
		return 0;
	object = object_of(state, sample->held->id);
	if (!object)
		return -ENOMEM;
	return counts__add(&object->holding, sample->stack, 1, 1, MAX_STACKS);
}

static int sync__slice(void *state, const struct task_slice *slice)
{
	struct sync *sync = state;
	uint64_t ns = slice->end_ns - slice->start_ns;
	struct object_time *object;
	int added;
	uint32_t id;

	if (slice->state != TASK_BLOCKED || !slice->wait->object)
		return 0;
	id = slice->wait->object->id;
	object = object_of(sync, id);
	if (!object)
		return -ENOMEM;
	object->waits++;
	object->wait_ns += ns;
	if (ns > object->max_ns)
		object->max_ns = ns;
	if (slice->wait->file)
		object->file = slice->wait->file;
	added = waiters__add(sync->waiters, id, slice->task->id);
	if (added < 0)
		return added;
	object->waiters += (uint32_t)added;
	return add_stacks(object, slice, ns);
}

static int longest_first(const void *a, const void *b)
{
	const struct object_time *x = a, *y = b;

	if (x->wait_ns != y->wait_ns)
		return x->wait_ns > y->wait_ns ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* The waits and releases by site. Returns the site that was waited at longest, or NULL. */
static const struct site *add_sites(struct tables *t, size_t row, const struct object_time *time,
				    size_t most)
{
	struct site_total top[MANY_DETAILS];
	uint64_t waits = time->waits, wait_ns = time->wait_ns;
	const struct site *first = NULL;
	size_t i, n, added;

	n = sites__top(t->where, time->stacks, top, most);
	for (i = 0; i < n; i++) {
		added = table__add_row(t->sites, row);
		sites__set(t->where, t->sites, added, "", top[i].site, top[i].stack);
		table__set_int(t->sites, added, "waits", (int64_t)top[i].n);
		table__set_int(t->sites, added, "wait_ns", (int64_t)top[i].sum);
		waits -= top[i].n;
		wait_ns -= top[i].sum;
		first = first ? first : top[i].site;
	}
	if (waits && time->stacks) {
		table__set_int(t->objects, row, "other_sites.waits", (int64_t)waits);
		table__set_int(t->objects, row, "other_sites.wait_ns", (int64_t)wait_ns);
	}
	n = sites__top(t->where, time->releases, top, most);
	for (i = 0; i < n; i++) {
		added = table__add_row(t->releases, row);
		sites__set(t->where, t->releases, added, "", top[i].site, top[i].stack);
		table__set_int(t->releases, added, "releases", (int64_t)top[i].n);
	}
	n = sites__top(t->where, time->holding, top, most);
	for (i = 0; i < n; i++) {
		added = table__add_row(t->holding, row);
		sites__set(t->where, t->holding, added, "", top[i].site, top[i].stack);
		table__set_int(t->holding, added, "samples", (int64_t)top[i].n);
	}
	return first;
}

static void set_name(struct tables *t, size_t row, const struct object_time *time,
		     const struct sync_object *object, const struct site *site)
{
	struct name_hints hints = {.site = site, .file = time->file};
	struct count top;

	if (counts__top(time->stacks, &top, 1))
		hints.stack = top.key;
	table__set_bool(t->objects, row, "libc", names__is_libc(t->names, object, hints.stack));
	strbuf__reset(&t->text);
	if (names__object(t->names, object, &hints, &t->text))
		table__set_text(t->objects, row, "name", strbuf__text(&t->text));
}

static void set_object(struct report_table *t, size_t row, const struct object_time *time,
		       const struct sync_object *object, bool parking)
{
	char address[24];

	snprintf(address, sizeof(address), "0x%" PRIx64,
		 object->kernel ? object->kernel : object->address);
	table__set_int(t, row, "id", time->id);
	table__set_text(t, row, "kind", cause__name(object->kind));
	table__set_text(t, row, "address", address);
	table__set_int(t, row, "pid", object->pid);
	table__set_bool(t, row, "shared", object->shared);
	table__set_bool(t, row, "parking", parking);
	table__set_int(t, row, "waits", (int64_t)time->waits);
	table__set_int(t, row, "wait_ns", (int64_t)time->wait_ns);
	table__set_int(t, row, "max_wait_ns", (int64_t)time->max_ns);
	table__set_int(t, row, "waiters", time->waiters);
}

static void add_object(struct tables *t, const struct model *model, const struct object_time *time,
		       size_t rank)
{
	size_t row = table__add_row(t->objects, 0);
	size_t most = rank < FIRST_ROWS ? MANY_DETAILS : FEW_DETAILS;
	const struct sync_object *object = model__object(model, time->id);
	bool parking = parking__is(model, object, time->stacks);
	const struct site *site;

	set_object(t->objects, row, time, object, parking);
	hold_times__set(time->holds, t->objects, row);
	if (!parking) /* nobody holds it */
		sync_holders__set(model, time->id, t->objects, row, t->holders, most);
	site = add_sites(t, row, time, most);
	set_name(t, row, time, object, site);
}

/* Keeps the objects that were waited for, the longest wait first; returns their number. */
static size_t rank(struct sync *sync)
{
	size_t id, n = 0;

	for (id = 0; id < sync->nobjects; id++) {
		struct object_time object = sync->objects[id];

		if (!object.waits) {
			hold_times__free(object.holds);
			counts__free(object.releases);
			counts__free(object.holding);
			continue;
		}
		object.id = (uint32_t)id;
		sync->objects[n++] = object;
	}
	sync->nobjects = n;
	if (n)
		qsort(sync->objects, n, sizeof(*sync->objects), longest_first);
	return n;
}

static void add_omitted(const struct sync *sync, size_t told, struct report_table *root)
{
	uint64_t waits = 0, wait_ns = 0;
	size_t i;

	for (i = told; i < sync->nobjects; i++) {
		waits += sync->objects[i].waits;
		wait_ns += sync->objects[i].wait_ns;
	}
	if (told == sync->nobjects)
		return;
	table__set_int(root, 0, "sync_omitted.objects", (int64_t)(sync->nobjects - told));
	table__set_int(root, 0, "sync_omitted.waits", (int64_t)waits);
	table__set_int(root, 0, "sync_omitted.wait_ns", (int64_t)wait_ns);
}

static int sync__finish(void *state, const struct analysis_input *in, struct report *report)
{
	struct sync *sync = state;
	struct tables t = {
		.objects = report__add(report, "", "sync", columns,
				       sizeof(columns) / sizeof(*columns)),
		.holders = sync_holders__add_table(report),
		.sites = report__add(report, "sync", "sites", site_columns,
				     sizeof(site_columns) / sizeof(*site_columns)),
		.releases = report__add(report, "sync", "holder_sites", release_columns,
					sizeof(release_columns) / sizeof(*release_columns)),
		.holding = report__add(report, "sync", "holding_sites", holding_columns,
				       sizeof(holding_columns) / sizeof(*holding_columns)),
		.where = sites__new(in->model, report),
		.names = names__new(in->model),
	};
	struct report_table *root = report__add(report, "", "", omitted_columns, 3);
	size_t i, n = rank(sync), told = n < MAX_ROWS ? n : MAX_ROWS;
	bool ok = t.where && t.names;

	for (i = 0; i < told && ok; i++)
		add_object(&t, in->model, &sync->objects[i], i);
	add_omitted(sync, told, root);
	ok = ok && !strbuf__failed(&t.text);
	strbuf__free(&t.text);
	sites__free(t.where);
	names__free(t.names);
	return ok ? 0 : -ENOMEM;
}

const struct analysis analysis_sync = {
	.name = "sync",
	.begin = sync__begin,
	.task_slice = sync__slice,
	.blocked_only = true,
	.hold = sync__hold,
	.sample = sync__sample,
	.finish = sync__finish,
	.end = sync__end,
};
