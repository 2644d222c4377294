// SPDX-License-Identifier: GPL-2.0-only
/* Which locks and other sync objects threads waited for: how often, how long, how many threads. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/rows.h"
#include "lib/array.h"
#include "lib/u64map.h"
#include "report/report.h"

#define MAX_ROWS 1000 /* objects told one by one; the rest is summed up */

struct object_time {
	uint64_t waits, wait_ns, max_ns;
	uint32_t waiters; /* tasks */
	uint32_t id;
};

struct sync {
	struct object_time *objects; /* by object id */
	size_t nobjects;
	uint32_t *last; /* by task id: 1 + the object it waited for last, 0 = none */
	size_t ntasks;
	struct u64map *pairs; /* every (object, task) that was counted as a waiter */
};

static const struct report_column columns[] = {
	{"id", "id", R_INT, U_NONE, 0},
	{"kind", "kind", R_TEXT, U_NONE, 0},
	{"address", "address", R_TEXT, U_NONE, 0},
	{"pid", "pid", R_INT, U_NONE, 0},
	{"shared", "shared", R_BOOL, U_NONE, 0},
	{"waits", "waits", R_INT, U_COUNT, 0},
	{"wait_ns", "waited", R_INT, U_NS, 0},
	{"max_wait_ns", "longest", R_INT, U_NS, 0},
	{"waiters", "waiters", R_INT, U_COUNT, 0},
};

static const struct report_column omitted_columns[] = {
	{"sync_omitted.objects", "further objects", R_INT, U_COUNT, 0},
	{"sync_omitted.waits", "their waits", R_INT, U_COUNT, 0},
	{"sync_omitted.wait_ns", "waited", R_INT, U_NS, 0},
};

static void sync__end(void *state)
{
	struct sync *sync = state;

	if (!sync)
		return;
	u64map__free(sync->pairs);
	free(sync->objects);
	free(sync->last);
	free(sync);
}

static void *sync__begin(const struct analysis_input *in)
{
	struct sync *sync = calloc(1, sizeof(*sync));

	(void)in;
	if (!sync)
		return NULL;
	sync->pairs = u64map__new();
	if (sync->pairs)
		return sync;
	sync__end(sync);
	return NULL;
}

/* Threads tend to wait for one object again and again: that case needs no hashing. */
static int count_waiter(struct sync *sync, uint32_t object, uint32_t task)
{
	uint64_t pair = (uint64_t)object << 32 | task;
	uint32_t *last = array__reserve(sync->last, &sync->ntasks, task, sizeof(*last));

	if (!last)
		return -ENOMEM;
	sync->last = last;
	if (last[task] == object + 1)
		return 0;
	last[task] = object + 1;
	if (u64map__get(sync->pairs, pair))
		return 0;
	sync->objects[object].waiters++;
	return u64map__set(sync->pairs, pair, sync);
}

static int sync__slice(void *state, const struct task_slice *slice)
{
	struct sync *sync = state;
	uint64_t ns = slice->end_ns - slice->start_ns;
	struct object_time *object;
	uint32_t id;

	if (slice->state != TASK_BLOCKED || !slice->wait->object)
		return 0;
	id = slice->wait->object->id;
	object = array__reserve(sync->objects, &sync->nobjects, id, sizeof(*object));
	if (!object)
		return -ENOMEM;
	sync->objects = object;
	object += id;
	object->waits++;
	object->wait_ns += ns;
	if (ns > object->max_ns)
		object->max_ns = ns;
	return count_waiter(sync, id, slice->task->id);
}

static int longest_first(const void *a, const void *b)
{
	const struct object_time *x = a, *y = b;

	if (x->wait_ns != y->wait_ns)
		return x->wait_ns > y->wait_ns ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static void add_object(struct report_table *t, const struct object_time *time,
		       const struct sync_object *object)
{
	size_t row = table__add_row(t, 0);
	char address[24];

	snprintf(address, sizeof(address), "0x%" PRIx64, object->address);
	table__set_int(t, row, "id", time->id);
	table__set_text(t, row, "kind", cause__name(object->kind));
	table__set_text(t, row, "address", address);
	table__set_int(t, row, "pid", object->pid);
	table__set_bool(t, row, "shared", object->shared);
	table__set_int(t, row, "waits", (int64_t)time->waits);
	table__set_int(t, row, "wait_ns", (int64_t)time->wait_ns);
	table__set_int(t, row, "max_wait_ns", (int64_t)time->max_ns);
	table__set_int(t, row, "waiters", time->waiters);
}

/* Keeps the objects that were waited for, the longest wait first; returns their number. */
static size_t rank(struct sync *sync)
{
	size_t id, n = 0;

	for (id = 0; id < sync->nobjects; id++) {
		if (!sync->objects[id].waits)
			continue;
		sync->objects[n] = sync->objects[id];
		sync->objects[n++].id = (uint32_t)id;
	}
	if (n)
		qsort(sync->objects, n, sizeof(*sync->objects), longest_first);
	return n;
}

static int sync__finish(void *state, const struct analysis_input *in, struct report *report)
{
	struct sync *sync = state;
	struct report_table *t =
		report__add(report, "", "sync", columns, sizeof(columns) / sizeof(*columns));
	struct report_table *root = report__add(report, "", "", omitted_columns, 3);
	size_t i, n = rank(sync), told = n < MAX_ROWS ? n : MAX_ROWS;
	uint64_t waits = 0, wait_ns = 0;

	for (i = 0; i < told; i++)
		add_object(t, &sync->objects[i], model__object(in->model, sync->objects[i].id));
	for (; i < n; i++) {
		waits += sync->objects[i].waits;
		wait_ns += sync->objects[i].wait_ns;
	}
	if (n > told) {
		table__set_int(root, 0, "sync_omitted.objects", (int64_t)(n - told));
		table__set_int(root, 0, "sync_omitted.waits", (int64_t)waits);
		table__set_int(root, 0, "sync_omitted.wait_ns", (int64_t)wait_ns);
	}
	return 0;
}

const struct analysis analysis_sync = {
	.name = "sync",
	.begin = sync__begin,
	.task_slice = sync__slice,
	.finish = sync__finish,
	.end = sync__end,
};
