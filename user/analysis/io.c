// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which files, pipes and sockets threads blocked on, who blocked there and who woke them; and for
 * the pages of which files they waited.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "analysis/calls.h"
#include "analysis/counts.h"
#include "analysis/rows.h"
#include "analysis/waiters.h"
#include "lib/u64map.h"
#include "model/file_words.h"
#include "report/report.h"

#define MAX_ROWS  1000 /* things told one by one; the rest is summed up */
#define MAX_TASKS 32   /* of one thing that are told apart */
#define MAX_PEERS 8    /* of them in the report */
#define NO_FILE	  0xffffffffu

/* A thing that was waited for, or all that nothing is known of, per cause. */
struct target {
	const struct file_info *file; /* NULL = not known */
	enum cause cause;
	uint32_t id;
	uint32_t waiters;
	uint64_t waits, wait_ns, max_ns;
	struct counts *by;    /* task id and enum call; sum: ns */
	struct counts *wakes; /* task id */
};

struct io {
	struct target **targets;
	size_t count, room;
	struct u64map *by_key; /* (file, cause) -> struct target */
	struct waiters *waiters;
};

static const struct report_column columns[] = {
	{"kind", "kind", R_TEXT, U_NONE, 0},	    {"name", "name", R_TEXT, U_NONE, 0},
	{"ino", "inode", R_INT, U_NONE, 0},	    {"cause", "cause", R_TEXT, U_NONE, 0},
	{"waits", "waits", R_INT, U_COUNT, 0},	    {"wait_ns", "waited", R_INT, U_NS, 0},
	{"max_wait_ns", "longest", R_INT, U_NS, 0}, {"waiters", "waiters", R_INT, U_COUNT, 0},
	{"local", "local", R_TEXT, U_NONE, 0},	    {"peer", "peer", R_TEXT, U_NONE, 0},
};

static const struct report_column by_columns[] = {
	{"tid", "tid", R_INT, U_NONE, 0},      {"pid", "pid", R_INT, U_NONE, 0},
	{"comm", "thread", R_TEXT, U_NONE, 0}, {"call", "call", R_TEXT, U_NONE, 0},
	{"waits", "waits", R_INT, U_COUNT, 0}, {"wait_ns", "waited", R_INT, U_NS, 0},
};

static const struct report_column wake_columns[] = {
	{"tid", "tid", R_INT, U_NONE, 0},
	{"pid", "pid", R_INT, U_NONE, 0},
	{"comm", "thread", R_TEXT, U_NONE, 0},
	{"count", "times", R_INT, U_COUNT, 0},
};

static const struct report_column fault_columns[] = {
	{"name", "name", R_TEXT, U_NONE, 0},
	{"waits", "faults", R_INT, U_COUNT, 0},
	{"wait_ns", "waited", R_INT, U_NS, 0},
};

static const struct report_column root_columns[] = {
	{"io.targets_omitted.targets", "further things", R_INT, U_COUNT, 0},
	{"io.targets_omitted.waits", "their waits", R_INT, U_COUNT, 0},
	{"io.targets_omitted.wait_ns", "waited", R_INT, U_NS, 0},
	{"io.faults.count", "page faults", R_INT, U_COUNT, 0},
	{"io.faults.ns", "waited", R_INT, U_NS, 0},
};

static void io__end(void *state)
{
	struct io *io = state;
	size_t i;

	if (!io)
		return;
	for (i = 0; i < io->count; i++) {
		counts__free(io->targets[i]->by);
		counts__free(io->targets[i]->wakes);
		free(io->targets[i]);
	}
	free(io->targets);
	u64map__free(io->by_key);
	waiters__free(io->waiters);
	free(io);
}

static void *io__begin(const struct analysis_input *in)
{
	struct io *io = calloc(1, sizeof(*io));

	(void)in;
	if (!io)
		return NULL;
	io->by_key = u64map__new();
	io->waiters = waiters__new();
	if (io->by_key && io->waiters)
		return io;
	io__end(io);
	return NULL;
}

static struct target *find(struct io *io, const struct wait *wait)
{
	uint64_t key = (uint64_t)(wait->file ? wait->file->index : NO_FILE) << 8 | wait->cause;
	struct target *target = u64map__get(io->by_key, key), **grown;

	if (target)
		return target;
	if (io->count == io->room) {
		io->room = io->room ? io->room * 2 : 16;
		grown = realloc(io->targets, io->room * sizeof(*grown));
		if (!grown)
			return NULL;
		io->targets = grown;
	}
	target = calloc(1, sizeof(*target));
	if (!target || u64map__set(io->by_key, key, target)) {
		free(target);
		return NULL;
	}
	target->file = wait->file;
	target->cause = wait->cause;
	target->id = (uint32_t)io->count;
	io->targets[io->count++] = target;
	return target;
}

/*
 * Locks are told with the sync objects, sleeps by themselves. Of what waits in files, pipes,
 * sockets and disks nothing is left out, so that it adds up; of other waits, those whose
 * descriptor is known.
 */
static bool concerns(const struct wait *wait)
{
	switch (wait->cause) {
	case CAUSE_FILE:
	case CAUSE_NETWORK:
	case CAUSE_PIPE:
	case CAUSE_DISK:
	case CAUSE_PAGEFAULT:
		return true;
	case CAUSE_POLL:
	case CAUSE_SIGNAL:
	case CAUSE_OTHER:
		return wait->file != NULL;
	default:
		return false;
	}
}

static int io__slice(void *state, const struct task_slice *slice)
{
	struct io *io = state;
	uint64_t ns = slice->end_ns - slice->start_ns;
	struct target *target;
	int added, err;

	if (slice->state != TASK_BLOCKED || !concerns(slice->wait))
		return 0;
	target = find(io, slice->wait);
	if (!target)
		return -ENOMEM;
	target->waits++;
	target->wait_ns += ns;
	if (ns > target->max_ns)
		target->max_ns = ns;
	added = waiters__add(io->waiters, target->id, slice->task->id);
	if (added < 0)
		return added;
	target->waiters += (uint32_t)added;
	err = counts__add(&target->by, (uint64_t)slice->task->id << 8 | call__of(slice->wait->nr),
			  1, ns, MAX_TASKS);
	if (!err && slice->woken_by == WAKE_TASK && slice->waker)
		err = counts__add(&target->wakes, slice->waker->id, 1, 0, MAX_TASKS);
	return err;
}

static int longest_first(const void *a, const void *b)
{
	const struct target *x = *(const struct target *const *)a;
	const struct target *y = *(const struct target *const *)b;

	if (x->wait_ns != y->wait_ns)
		return x->wait_ns > y->wait_ns ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

struct tables {
	struct report_table *root, *targets, *by, *wakes, *faults;
	const struct model *model;
	struct strbuf text;
};

static void set_task(struct report_table *t, size_t row, const struct model_task *task)
{
	table__set_int(t, row, "tid", task->tid);
	if (task->known)
		table__set_int(t, row, "pid", task->pid);
	table__set_text(t, row, "comm", task->comm);
}

static void add_tasks(struct tables *t, size_t parent, const struct target *target)
{
	struct count top[MAX_PEERS];
	size_t i, row, n = counts__top(target->by, top, MAX_PEERS);

	for (i = 0; i < n; i++) {
		row = table__add_row(t->by, parent);
		set_task(t->by, row, model__task(t->model, top[i].key >> 8));
		table__set_text(t->by, row, "call", call__name(top[i].key & 0xff));
		table__set_int(t->by, row, "waits", (int64_t)top[i].n);
		table__set_int(t->by, row, "wait_ns", (int64_t)top[i].sum);
	}
	n = counts__top(target->wakes, top, MAX_PEERS);
	for (i = 0; i < n; i++) {
		row = table__add_row(t->wakes, parent);
		set_task(t->wakes, row, model__task(t->model, top[i].key));
		table__set_int(t->wakes, row, "count", (int64_t)top[i].n);
	}
}

static void set_name(struct tables *t, struct report_table *table, size_t row,
		     const struct file_info *file)
{
	strbuf__reset(&t->text);
	file__name(t->model, file, &t->text);
	if (t->text.len)
		table__set_text(table, row, "name", strbuf__text(&t->text));
}

static void set_file(struct tables *t, size_t row, const struct file_info *file)
{
	set_name(t, t->targets, row, file);
	if (file->ino && file->ino <= INT64_MAX)
		table__set_int(t->targets, row, "ino", (int64_t)file->ino);
	strbuf__reset(&t->text);
	if (file__local(file, &t->text))
		table__set_text(t->targets, row, "local", strbuf__text(&t->text));
	strbuf__reset(&t->text);
	if (file__peer(file, &t->text))
		table__set_text(t->targets, row, "peer", strbuf__text(&t->text));
}

/* Of what nothing is known: what the cause says it was. */
static const char *kind_of(enum cause cause)
{
	return cause == CAUSE_PIPE	? "pipe"
	       : cause == CAUSE_NETWORK ? "socket"
	       : cause == CAUSE_FILE	? "file"
					: "other";
}

static void add_target(struct tables *t, const struct target *target)
{
	size_t row = table__add_row(t->targets, 0);

	table__set_text(t->targets, row, "kind",
			target->file ? file__kind(target->file) : kind_of(target->cause));
	table__set_text(t->targets, row, "cause", cause__name(target->cause));
	table__set_int(t->targets, row, "waits", (int64_t)target->waits);
	table__set_int(t->targets, row, "wait_ns", (int64_t)target->wait_ns);
	table__set_int(t->targets, row, "max_wait_ns", (int64_t)target->max_ns);
	table__set_int(t->targets, row, "waiters", target->waiters);
	if (target->file)
		set_file(t, row, target->file);
	add_tasks(t, row, target);
}

static void add_fault(struct tables *t, const struct target *target)
{
	size_t row = table__add_row(t->faults, 0);

	if (target->file)
		set_name(t, t->faults, row, target->file);
	table__set_int(t->faults, row, "waits", (int64_t)target->waits);
	table__set_int(t->faults, row, "wait_ns", (int64_t)target->wait_ns);
}

static void add_all(struct tables *t, struct io *io)
{
	uint64_t faults = 0, fault_ns = 0, omitted = 0, waits = 0, wait_ns = 0;
	size_t i;

	for (i = 0; i < io->count; i++) {
		const struct target *target = io->targets[i];

		if (target->cause == CAUSE_PAGEFAULT) {
			faults += target->waits;
			fault_ns += target->wait_ns;
			if (table__rows(t->faults) < MAX_ROWS)
				add_fault(t, target);
		} else if (table__rows(t->targets) < MAX_ROWS) {
			add_target(t, target);
		} else {
			omitted++;
			waits += target->waits;
			wait_ns += target->wait_ns;
		}
	}
	table__set_int(t->root, 0, "io.faults.count", (int64_t)faults);
	table__set_int(t->root, 0, "io.faults.ns", (int64_t)fault_ns);
	if (!omitted)
		return;
	table__set_int(t->root, 0, "io.targets_omitted.targets", (int64_t)omitted);
	table__set_int(t->root, 0, "io.targets_omitted.waits", (int64_t)waits);
	table__set_int(t->root, 0, "io.targets_omitted.wait_ns", (int64_t)wait_ns);
}

static int io__finish(void *state, const struct analysis_input *in, struct report *report)
{
	struct io *io = state;
	struct tables t = {
		.model = in->model,
		.root = report__add(report, "", "", root_columns,
				    sizeof(root_columns) / sizeof(*root_columns)),
		.targets = report__add(report, "", "io.targets", columns,
				       sizeof(columns) / sizeof(*columns)),
		.by = report__add(report, "io.targets", "by", by_columns,
				  sizeof(by_columns) / sizeof(*by_columns)),
		.wakes = report__add(report, "io.targets", "woken_by", wake_columns,
				     sizeof(wake_columns) / sizeof(*wake_columns)),
		.faults = report__add(report, "", "io.faults.by", fault_columns,
				      sizeof(fault_columns) / sizeof(*fault_columns)),
	};
	bool ok;

	if (io->count)
		qsort(io->targets, io->count, sizeof(struct target *), longest_first);
	add_all(&t, io);
	ok = !strbuf__failed(&t.text);
	strbuf__free(&t.text);
	return ok ? 0 : -ENOMEM;
}

const struct analysis analysis_io = {
	.name = "io",
	.begin = io__begin,
	.task_slice = io__slice,
	.blocked_only = true,
	.finish = io__finish,
	.end = io__end,
};
