// SPDX-License-Identifier: GPL-2.0-only
/* Event loops: how long their turns took, what the longest did, who woke them. */
#include <errno.h>
#include <stdlib.h>

#include "analysis/counts.h"
#include "analysis/rows.h"
#include "analysis/sites.h"
#include "analysis/turns.h"
#include "lib/array.h"
#include "report/report.h"

#define MAX_ROWS  1000
#define MIN_TURNS 3  /* whoever waits less often waits for something, but does not loop */
#define MAX_SITES 16 /* of a loop */
#define FIRST_ROWS                                                                                 \
	100 /* loops that are told with all their turns and sites; of others the first             \
	     */

struct loops {
	struct turns **by_task; /* by task id; NULL where it never polled */
	size_t count;
};

static const struct report_column columns[] = {
	{"tid", "tid", R_INT, U_NONE, 0},
	{"pid", "pid", R_INT, U_NONE, 0},
	{"comm", "thread", R_TEXT, U_NONE, 0},
	{"turns", "turns", R_INT, U_COUNT, 0},
	{"busy_ns", "busy", R_INT, U_NS, 0},
	{"p50_ns", "half within", R_INT, U_NS, 0},
	{"p99_ns", "99 % within", R_INT, U_NS, 0},
	{"max_ns", "longest", R_INT, U_NS, 0},
	{"long_turns", "long ones", R_INT, U_COUNT, R_SKIP_ZERO},
	{"long_ns", "in long ones", R_INT, U_NS, R_SKIP_ZERO},
	{"waits", "waits", R_INT, U_COUNT, 0},
	{"wait_ns", "waited", R_INT, U_NS, 0},
	{"woken_by.task", "by tasks", R_INT, U_COUNT, R_SKIP_ZERO},
	{"woken_by.timer", "by timers", R_INT, U_COUNT, R_SKIP_ZERO},
	{"woken_by.network", "by the network", R_INT, U_COUNT, R_SKIP_ZERO},
	{"woken_by.disk", "by disks", R_INT, U_COUNT, R_SKIP_ZERO},
	{"woken_by.irq", "by interrupts", R_INT, U_COUNT, R_SKIP_ZERO},
	{"woken_by.unknown", "unknown", R_INT, U_COUNT, R_SKIP_ZERO},
};

static const char *const source_keys[WAKE_IRQ + 1] = {
	[WAKE_UNKNOWN] = "woken_by.unknown", [WAKE_TASK] = "woken_by.task",
	[WAKE_TIMER] = "woken_by.timer",     [WAKE_NETWORK] = "woken_by.network",
	[WAKE_DISK] = "woken_by.disk",	     [WAKE_IRQ] = "woken_by.irq",
};

static const struct report_column turn_columns[] = {
	{"start_ns", "start", R_INT, U_NS, 0},
	{"ns", "length", R_INT, U_NS, 0},
	{"running_ns", "running", R_INT, U_NS, 0},
	{"runnable_ns", "for CPU", R_INT, U_NS, 0},
	{"unknown_ns", "unknown", R_INT, U_NS, R_SKIP_ZERO},
#define X(id, name, letter, words) {"blocked_by." name, name, R_INT, U_NS, R_SKIP_ZERO},
	MODEL_CAUSES(X)
#undef X
};

static const char *const cause_keys[CAUSE_COUNT] = {
#define X(id, name, letter, words) "blocked_by." name,
	MODEL_CAUSES(X)
#undef X
};

static const struct report_column site_columns[] = {
	SITE_COLUMNS(""),
	{"samples", "samples", R_INT, U_COUNT, R_SKIP_ZERO},
	{"waits", "waits", R_INT, U_COUNT, R_SKIP_ZERO},
	{"wait_ns", "waited", R_INT, U_NS, R_SKIP_ZERO},
};

static const struct report_column task_columns[] = {
	{"name", "task", R_TEXT, U_NONE, 0},
	{"samples", "samples", R_INT, U_COUNT, R_SKIP_ZERO},
	{"waits", "waits", R_INT, U_COUNT, R_SKIP_ZERO},
	{"wait_ns", "waited", R_INT, U_NS, R_SKIP_ZERO},
};

static const struct report_column omitted_columns[] = {
	{"loops_omitted.loops", "further loops", R_INT, U_COUNT, 0},
	{"loops_omitted.turns", "their turns", R_INT, U_COUNT, 0},
	{"loops_omitted.busy_ns", "busy", R_INT, U_NS, 0},
};

static void *loops__begin(const struct analysis_input *in)
{
	(void)in;
	return calloc(1, sizeof(struct loops));
}

static struct turns *find(const struct loops *loops, uint32_t task)
{
	return task < loops->count ? loops->by_task[task] : NULL;
}

static struct turns *find_or_add(struct loops *loops, const struct model_task *task)
{
	struct turns **by_task =
		array__reserve(loops->by_task, &loops->count, task->id, sizeof(*by_task));

	if (!by_task)
		return NULL;
	loops->by_task = by_task;
	if (!by_task[task->id]) {
		by_task[task->id] = calloc(1, sizeof(struct turns));
		if (by_task[task->id])
			by_task[task->id]->task = task;
	}
	return by_task[task->id];
}

static int loops__slice(void *state, const struct task_slice *slice)
{
	struct loops *loops = state;
	struct turns *turns = find(loops, slice->task->id);

	if (!turns) {
		if (slice->state != TASK_BLOCKED || slice->wait->cause != CAUSE_POLL)
			return 0;
		turns = find_or_add(loops, slice->task);
		if (!turns)
			return -ENOMEM;
	}
	return turns__slice(turns, slice);
}

/* The slices before it have been given: the thread's last wait has ended before it ran. */
static int loops__sample(void *state, const struct model_sample *sample)
{
	struct turns *turns = sample->task ? find(state, sample->task->id) : NULL;

	return turns ? turns__sample(turns, sample) : 0;
}

struct tables {
	struct report_table *loops, *turns, *turn_sites, *turn_tasks, *sites;
	struct sites *where;
};

static void add_site(struct tables *t, struct report_table *table, size_t parent,
		     const struct site *site, const struct turn_stack *counts)
{
	size_t row = table__add_row(table, parent);

	sites__set(t->where, table, row, "", site, counts->stack);
	table__set_int(table, row, "samples", (int64_t)counts->samples);
	table__set_int(table, row, "waits", (int64_t)counts->waits);
	table__set_int(table, row, "wait_ns", (int64_t)counts->wait_ns);
}

/* Several stacks may come to one site. */
static void add_turn_sites(struct tables *t, size_t row, const struct turn *turn)
{
	struct turn_stack sums[TURN_SITES];
	const struct site *sites[TURN_SITES], *site;
	size_t i, j, n = 0;

	for (i = 0; i < turn->nstacks; i++) {
		site = sites__of(t->where, turn->stacks[i].stack);
		if (!site)
			continue;
		for (j = 0; j < n && sites[j] != site; j++)
			;
		if (j == n) {
			sites[n] = site;
			sums[n++] = turn->stacks[i];
			continue;
		}
		sums[j].samples += turn->stacks[i].samples;
		sums[j].waits += turn->stacks[i].waits;
		sums[j].wait_ns += turn->stacks[i].wait_ns;
	}
	for (i = 0; i < n; i++)
		add_site(t, t->turn_sites, row, sites[i], &sums[i]);
}

static void add_turn_tasks(struct tables *t, size_t parent, const struct turn *turn)
{
	size_t i, row;

	for (i = 0; i < turn->ntasks; i++) {
		row = table__add_row(t->turn_tasks, parent);
		table__set_text(t->turn_tasks, row, "name", turn->tasks[i].name);
		table__set_int(t->turn_tasks, row, "samples", (int64_t)turn->tasks[i].samples);
		table__set_int(t->turn_tasks, row, "waits", (int64_t)turn->tasks[i].waits);
		table__set_int(t->turn_tasks, row, "wait_ns", (int64_t)turn->tasks[i].wait_ns);
	}
}

static void add_turn(struct tables *t, size_t parent, const struct turn *turn)
{
	size_t i, row = table__add_row(t->turns, parent);

	table__set_int(t->turns, row, "start_ns", (int64_t)turn->start_ns);
	table__set_int(t->turns, row, "ns", (int64_t)turn->ns);
	table__set_int(t->turns, row, "running_ns", (int64_t)turn->running_ns);
	table__set_int(t->turns, row, "runnable_ns", (int64_t)turn->runnable_ns);
	table__set_int(t->turns, row, "unknown_ns", (int64_t)turn->unknown_ns);
	for (i = 0; i < CAUSE_COUNT; i++)
		if (turn->blocked_ns[i])
			table__set_int(t->turns, row, cause_keys[i], (int64_t)turn->blocked_ns[i]);
	add_turn_sites(t, row, turn);
	add_turn_tasks(t, row, turn);
}

/* Where it was found running, then where it blocked. */
static void add_sites(struct tables *t, size_t row, const struct turns *turns)
{
	struct site_total top[MAX_SITES];
	size_t i, n = sites__top(t->where, turns->ran, top, MAX_SITES);

	for (i = 0; i < n; i++)
		add_site(t, t->sites, row, top[i].site,
			 &(struct turn_stack){.stack = top[i].stack, .samples = top[i].n});
	n = sites__top(t->where, turns->blocked, top, MAX_SITES);
	for (i = 0; i < n; i++)
		add_site(t, t->sites, row, top[i].site,
			 &(struct turn_stack){
				 .stack = top[i].stack, .waits = top[i].n, .wait_ns = top[i].sum});
}

static void add_loop(struct tables *t, struct turns *turns, bool whole)
{
	size_t i, row = table__add_row(t->loops, 0);

	table__set_int(t->loops, row, "tid", turns->task->tid);
	if (turns->task->known)
		table__set_int(t->loops, row, "pid", turns->task->pid);
	table__set_text(t->loops, row, "comm", turns->task->comm);
	table__set_int(t->loops, row, "turns", (int64_t)turns->count);
	table__set_int(t->loops, row, "busy_ns", (int64_t)turns->busy_ns);
	table__set_int(t->loops, row, "p50_ns", (int64_t)samples__percentile(&turns->lengths, 50));
	table__set_int(t->loops, row, "p99_ns", (int64_t)samples__percentile(&turns->lengths, 99));
	table__set_int(t->loops, row, "max_ns", (int64_t)samples__max(&turns->lengths));
	table__set_int(t->loops, row, "long_turns", (int64_t)turns->long_count);
	table__set_int(t->loops, row, "long_ns", (int64_t)turns->long_ns);
	table__set_int(t->loops, row, "waits", (int64_t)turns->waits);
	table__set_int(t->loops, row, "wait_ns", (int64_t)turns->wait_ns);
	for (i = 0; i <= WAKE_IRQ; i++)
		table__set_int(t->loops, row, source_keys[i], (int64_t)turns->woken_by[i]);
	for (i = 0; i < turns->nlongest && (whole || !i); i++)
		add_turn(t, row, &turns->longest[i]);
	if (whole)
		add_sites(t, row, turns);
}

static uint64_t longest(const struct turns *t)
{
	return t->nlongest ? t->longest[0].ns : 0;
}

static int longest_first(const void *a, const void *b)
{
	const struct turns *x = *(const struct turns *const *)a;
	const struct turns *y = *(const struct turns *const *)b;

	if (longest(x) != longest(y))
		return longest(x) > longest(y) ? -1 : 1;
	return x->task->id < y->task->id ? -1 : x->task->id > y->task->id;
}

static void drop(struct turns *turns)
{
	turns__clear(turns);
	free(turns);
}

/* Keeps what is a loop; returns 0 or -ENOMEM. */
static int choose(struct loops *loops)
{
	size_t i, n = 0;
	int err = 0;

	for (i = 0; i < loops->count; i++) {
		struct turns *turns = loops->by_task[i];

		if (!turns)
			continue;
		err = err ? err : turns__finish(turns);
		if (turns->count >= MIN_TURNS)
			loops->by_task[n++] = turns;
		else
			drop(turns);
	}
	loops->count = n;
	if (n)
		qsort(loops->by_task, n, sizeof(struct turns *), longest_first);
	return err;
}

static void add_omitted(const struct loops *loops, struct report_table *root)
{
	uint64_t turns = 0, busy_ns = 0;
	size_t i;

	if (loops->count <= MAX_ROWS)
		return;
	for (i = MAX_ROWS; i < loops->count; i++) {
		turns += loops->by_task[i]->count;
		busy_ns += loops->by_task[i]->busy_ns;
	}
	table__set_int(root, 0, "loops_omitted.loops", (int64_t)(loops->count - MAX_ROWS));
	table__set_int(root, 0, "loops_omitted.turns", (int64_t)turns);
	table__set_int(root, 0, "loops_omitted.busy_ns", (int64_t)busy_ns);
}

static int loops__finish(void *state, const struct analysis_input *in, struct report *report)
{
	struct loops *loops = state;
	struct tables t = {
		.loops = report__add(report, "", "loops", columns,
				     sizeof(columns) / sizeof(*columns)),
		.turns = report__add(report, "loops", "longest", turn_columns,
				     sizeof(turn_columns) / sizeof(*turn_columns)),
		.turn_sites = report__add(report, "loops.longest", "sites", site_columns,
					  sizeof(site_columns) / sizeof(*site_columns)),
		.turn_tasks = report__add(report, "loops.longest", "tasks", task_columns,
					  sizeof(task_columns) / sizeof(*task_columns)),
		.sites = report__add(report, "loops", "sites", site_columns,
				     sizeof(site_columns) / sizeof(*site_columns)),
		.where = sites__new(in->model, report),
	};
	struct report_table *root = report__add(report, "", "", omitted_columns, 3);
	int err = choose(loops);
	size_t i;

	if (!t.where)
		return -ENOMEM;
	for (i = 0; i < loops->count && i < MAX_ROWS && !err; i++)
		add_loop(&t, loops->by_task[i], i < FIRST_ROWS);
	add_omitted(loops, root);
	sites__free(t.where);
	return err;
}

static void loops__end(void *state)
{
	struct loops *loops = state;
	size_t i;

	if (!loops)
		return;
	for (i = 0; i < loops->count; i++)
		if (loops->by_task[i])
			drop(loops->by_task[i]);
	free(loops->by_task);
	free(loops);
}

const struct analysis analysis_loops = {
	.name = "loops",
	.begin = loops__begin,
	.task_slice = loops__slice,
	.sample = loops__sample,
	.finish = loops__finish,
	.end = loops__end,
};
