// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where only one thread had something to do: it ran, and no other ran or waited for a CPU. There
 * further CPUs are of no use, so this is the serial part of the program as Amdahl has it (1967):
 * of S, its share of all computing, no number of CPUs makes more than 1 / S times the speed of one.
 */
#include <errno.h>
#include <stdlib.h>

#include "analysis/counts.h"
#include "analysis/rows.h"
#include "analysis/sites.h"
#include "lib/array.h"
#include "model/history.h"
#include "report/report.h"

#define MAX_ROWS   1000
#define MAX_STACKS 64
#define MAX_SITES  4 /* of one thread */

/* One thread's part. */
struct worker {
	uint64_t ns, sections, longest_ns;
	uint64_t samples;
	struct counts *stacks;
	uint32_t task;
};

/* From when to when only this thread had something to do; it may have waited for a CPU at times. */
struct section {
	uint64_t start_ns, end_ns;
	uint32_t task; /* PAST_NONE: there was no such thread */
	struct counts *stacks;
};

struct serial {
	struct worker *workers; /* by task */
	size_t nworkers;
	uint64_t at; /* what is later has been counted */
	bool begun;
	/* Before that time, as far as is known: */
	uint32_t running, busy,
		unknown; /* threads that run; those that wait for a CPU, too; CPUs */
	uint32_t who;	 /* the busy ones' ids, xor: of one, itself */
	uint64_t serial_ns, held_back_ns, running_ns;
	struct section now, longest;
};

static const struct report_column root_columns[] = {
	{"parallelism.serial_ns", "one thread alone", R_INT, U_NS, 0},
	{"parallelism.held_back_ns", "others without a CPU", R_INT, U_NS, 0},
	{"parallelism.serial_share", "serial share", R_REAL, U_SHARE, 0},
	{"parallelism.longest_serial.start_ns", "from", R_INT, U_NS, 0},
	{"parallelism.longest_serial.ns", "longest", R_INT, U_NS, 0},
	{"parallelism.longest_serial.tid", "tid", R_INT, U_NONE, 0},
	{"parallelism.longest_serial.pid", "pid", R_INT, U_NONE, 0},
	{"parallelism.longest_serial.comm", "thread", R_TEXT, U_NONE, 0},
	SITE_COLUMNS("parallelism.longest_serial."),
	{"parallelism.serial_omitted.threads", "further threads", R_INT, U_COUNT, 0},
	{"parallelism.serial_omitted.ns", "their time", R_INT, U_NS, 0},
};

static const struct report_column columns[] = {
	{"tid", "tid", R_INT, U_NONE, 0},
	{"pid", "pid", R_INT, U_NONE, 0},
	{"comm", "thread", R_TEXT, U_NONE, 0},
	{"ns", "alone", R_INT, U_NS, 0},
	{"sections", "times", R_INT, U_COUNT, 0},
	{"longest_ns", "longest", R_INT, U_NS, 0},
	{"samples", "samples", R_INT, U_COUNT, R_SKIP_ZERO},
	SITE_COLUMNS(""),
};

static const struct report_column site_columns[] = {
	SITE_COLUMNS(""),
	{"samples", "samples", R_INT, U_COUNT, 0},
};

static void *serial__begin(const struct analysis_input *in)
{
	struct serial *s = calloc(1, sizeof(*s));

	(void)in;
	if (s)
		s->now.task = s->longest.task = PAST_NONE;
	return s;
}

static void serial__end(void *state)
{
	struct serial *s = state;
	size_t i;

	if (!s)
		return;
	for (i = 0; i < s->nworkers; i++)
		counts__free(s->workers[i].stacks);
	free(s->workers);
	counts__free(s->now.stacks);
	counts__free(s->longest.stacks);
	free(s);
}

/* NULL when out of memory. */
static struct worker *worker_of(struct serial *s, uint32_t task)
{
	struct worker *workers = array__reserve(s->workers, &s->nworkers, task, sizeof(*workers));

	if (!workers)
		return NULL;
	s->workers = workers;
	workers[task].task = task;
	return &workers[task];
}

static int close_section(struct serial *s)
{
	uint64_t ns = s->now.end_ns - s->now.start_ns;
	struct worker *worker;

	if (s->now.task == PAST_NONE)
		return 0;
	worker = worker_of(s, s->now.task);
	if (!worker)
		return -ENOMEM;
	worker->sections++;
	if (ns > worker->longest_ns)
		worker->longest_ns = ns;
	if (s->longest.task == PAST_NONE || ns >= s->longest.end_ns - s->longest.start_ns) {
		counts__free(s->longest.stacks);
		s->longest = s->now;
	} else {
		counts__free(s->now.stacks);
	}
	s->now.stacks = NULL;
	s->now.task = PAST_NONE;
	return 0;
}

/* What is going on has done so from `start` up to what was counted before. */
static int count(struct serial *s, uint64_t start)
{
	uint32_t alone = s->busy == 1 && !s->unknown ? s->who : PAST_NONE;
	uint64_t ns = s->at - start;
	struct worker *worker;

	if (!s->unknown) {
		s->running_ns += s->running * ns;
		if (s->running == 1 && s->busy > 1)
			s->held_back_ns += ns;
	}
	if (s->now.task != alone) {
		if (close_section(s))
			return -ENOMEM;
		s->now = (struct section){.task = alone, .end_ns = s->at};
	}
	s->now.start_ns = s->at = start;
	if (alone == PAST_NONE || !s->running)
		return 0;
	worker = worker_of(s, alone);
	if (!worker)
		return -ENOMEM;
	worker->ns += ns;
	s->serial_ns += ns;
	return 0;
}

static int add_sample(struct serial *s, const struct past_sample *sample)
{
	struct worker *worker;

	if (s->busy != 1 || !s->running || s->unknown || s->who != sample->task ||
	    s->now.task != sample->task)
		return 0;
	worker = worker_of(s, sample->task);
	if (!worker)
		return -ENOMEM;
	worker->samples++;
	if (!sample->stack)
		return 0;
	if (counts__add(&worker->stacks, sample->stack, 1, 1, MAX_STACKS))
		return -ENOMEM;
	return counts__add(&s->now.stacks, sample->stack, 1, 1, MAX_STACKS);
}

static void change(struct serial *s, const struct past_task *slice, uint32_t by)
{
	if (!slice || slice->state > TASK_RUNNABLE)
		return;
	s->running += slice->state == TASK_RUNNING ? by : 0;
	s->busy += by;
	s->who ^= slice->task;
}

static int serial__back(void *state, const struct rewind *rw, const struct step *step)
{
	struct serial *s = state;

	(void)rw;
	if (!s->begun)
		s->at = step->ns;
	s->begun = true;
	if (step->ns < s->at && count(s, step->ns))
		return -ENOMEM;
	switch (step->kind) {
	case PAST_TASK:
		change(s, step->task.later, (uint32_t)-1);
		change(s, step->task.earlier, 1);
		break;
	case PAST_CPU:
		s->unknown -= step->cpu.later && step->cpu.later->use == CPU_UNKNOWN;
		s->unknown += step->cpu.earlier && step->cpu.earlier->use == CPU_UNKNOWN;
		break;
	case PAST_SAMPLE:
		return add_sample(s, step->sample);
	case PAST_HOLD:
		break;
	}
	return 0;
}

/* --- the report --- */

static int longest_first(const void *a, const void *b)
{
	const struct worker *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return x->task < y->task ? -1 : x->task > y->task;
}

struct tables {
	struct report_table *root, *serial, *sites;
	struct sites *where;
	const struct model *model;
};

static void add_row(struct tables *t, const struct worker *worker)
{
	const struct model_task *task = model__task(t->model, worker->task);
	size_t i, n, added, row = table__add_row(t->serial, 0);
	struct site_total top[MAX_STACKS];

	table__set_int(t->serial, row, "tid", task->tid);
	if (task->known)
		table__set_int(t->serial, row, "pid", task->pid);
	table__set_text(t->serial, row, "comm", task->comm);
	table__set_int(t->serial, row, "ns", (int64_t)worker->ns);
	table__set_int(t->serial, row, "sections", (int64_t)worker->sections);
	table__set_int(t->serial, row, "longest_ns", (int64_t)worker->longest_ns);
	table__set_int(t->serial, row, "samples", (int64_t)worker->samples);
	n = sites__top(t->where, worker->stacks, top, MAX_STACKS);
	for (i = 0; i < n && i < MAX_SITES; i++) {
		if (!i)
			sites__set(t->where, t->serial, row, "", top[i].site, top[i].stack);
		added = table__add_row(t->sites, row);
		sites__set(t->where, t->sites, added, "", top[i].site, top[i].stack);
		table__set_int(t->sites, added, "samples", (int64_t)top[i].n);
	}
}

static void add_rows(struct serial *s, struct tables *t)
{
	uint64_t omitted = 0, ns = 0;
	size_t i, n = 0;

	for (i = 0; i < s->nworkers; i++) {
		if (s->workers[i].ns)
			s->workers[n++] = s->workers[i];
		else
			counts__free(s->workers[i].stacks);
	}
	s->nworkers = n;
	if (n)
		qsort(s->workers, n, sizeof(*s->workers), longest_first);
	for (i = 0; i < n; i++) {
		if (i < MAX_ROWS) {
			add_row(t, &s->workers[i]);
			continue;
		}
		omitted++;
		ns += s->workers[i].ns;
	}
	if (!omitted)
		return;
	table__set_int(t->root, 0, "parallelism.serial_omitted.threads", (int64_t)omitted);
	table__set_int(t->root, 0, "parallelism.serial_omitted.ns", (int64_t)ns);
}

static void set_longest(const struct section *longest, struct tables *t)
{
	const struct model_task *task;
	struct site_total top[MAX_STACKS];

	if (longest->task == PAST_NONE)
		return;
	task = model__task(t->model, longest->task);
	table__set_int(t->root, 0, "parallelism.longest_serial.start_ns",
		       (int64_t)longest->start_ns);
	table__set_int(t->root, 0, "parallelism.longest_serial.ns",
		       (int64_t)(longest->end_ns - longest->start_ns));
	table__set_int(t->root, 0, "parallelism.longest_serial.tid", task->tid);
	if (task->known)
		table__set_int(t->root, 0, "parallelism.longest_serial.pid", task->pid);
	table__set_text(t->root, 0, "parallelism.longest_serial.comm", task->comm);
	if (sites__top(t->where, longest->stacks, top, MAX_STACKS))
		sites__set(t->where, t->root, 0, "parallelism.longest_serial.", top[0].site,
			   top[0].stack);
}

static int serial__finish(void *state, const struct analysis_input *in, struct report *report)
{
	struct serial *s = state;
	struct tables t = {
		.root = report__add(report, "", "", root_columns,
				    sizeof(root_columns) / sizeof(*root_columns)),
		.serial = report__add(report, "", "parallelism.serial", columns,
				      sizeof(columns) / sizeof(*columns)),
		.sites = report__add(report, "parallelism.serial", "sites", site_columns,
				     sizeof(site_columns) / sizeof(*site_columns)),
		.where = sites__new(in->model, report),
		.model = in->model,
	};

	if (!t.where || close_section(s)) {
		sites__free(t.where);
		return -ENOMEM;
	}
	table__set_int(t.root, 0, "parallelism.serial_ns", (int64_t)s->serial_ns);
	table__set_int(t.root, 0, "parallelism.held_back_ns", (int64_t)s->held_back_ns);
	if (s->running_ns)
		table__set_real(t.root, 0, "parallelism.serial_share",
				(double)s->serial_ns / (double)s->running_ns);
	set_longest(&s->longest, &t);
	add_rows(s, &t);
	sites__free(t.where);
	return 0;
}

const struct analysis analysis_serial = {
	.name = "serial",
	.begin = serial__begin,
	.back = serial__back,
	.finish = serial__finish,
	.end = serial__end,
};
