// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why CPUs were idle: each idle nanosecond of each CPU gets one cause. A thread explains at most
 * one idle CPU: first threads whose state is not known, then those that could run, by what kept
 * them from it, then those that are blocked, by what in; for the rest there was no thread.
 */
#include <errno.h>
#include <stdlib.h>

#include "analysis/idle_ready.h"
#include "analysis/idle_shares.h"
#include "analysis/object_words.h"
#include "analysis/rows.h"
#include "lib/strbuf.h"
#include "model/history.h"
#include "report/report.h"

#define MAX_OBJECTS 200 /* told one by one; the rest is summed up by cause */

struct idle {
	struct idle_ready *ready;
	struct idle_shares *shares;
	uint64_t now; /* going back; UINT64_MAX = not begun */
	uint32_t unknown, throttled;
};

static const struct report_column columns[] = {
	{"cause", "cause", R_TEXT, U_NONE, 0},
	{"sync", "object", R_INT, U_NONE, 0},
	{"subject", "what", R_TEXT, U_NONE, 0},
	{"objects", "further objects", R_INT, U_COUNT, R_SKIP_ZERO},
	{"ns", "time", R_INT, U_NS, 0},
	{"share", "share", R_REAL, U_SHARE, 0},
};

static const struct report_column cpu_columns[] = {
	{"cause", "cause", R_TEXT, U_NONE, 0},
	{"ns", "time", R_INT, U_NS, 0},
};

static void idle__end(void *state)
{
	struct idle *idle = state;

	if (!idle)
		return;
	idle_ready__free(idle->ready);
	idle_shares__free(idle->shares);
	free(idle);
}

static void *idle__begin(const struct analysis_input *in)
{
	struct idle *idle = calloc(1, sizeof(*idle));

	if (!idle)
		return NULL;
	idle->now = UINT64_MAX;
	idle->ready = idle_ready__new(in->model);
	idle->shares = idle_shares__new();
	if (idle->ready && idle->shares)
		return idle;
	idle__end(idle);
	return NULL;
}

/* --- back through time --- */

static void pass(struct idle *idle, uint64_t ns)
{
	const struct idle_ready_counts *ready = idle_ready__counts(idle->ready);
	struct idle_threads threads = {.unknown = idle->unknown,
				       .wakeup = ready->wakeup,
				       .balance = ready->balance,
				       .affinity = ready->affinity,
				       .throttled = idle->throttled};

	idle_shares__pass(idle->shares, &threads, idle->now - ns);
	idle->now = ns;
}

static void go_back(struct idle *idle, uint64_t ns)
{
	uint64_t turn;

	if (idle->now == UINT64_MAX)
		idle->now = ns;
	while ((turn = idle_ready__next(idle->ready)) > ns) {
		pass(idle, turn);
		idle_ready__pass(idle->ready);
	}
	if (idle->now != ns)
		pass(idle, ns);
}

static int enter(struct idle *idle, const struct past_task *slice)
{
	switch (slice->state) {
	case TASK_RUNNING:
		break;
	case TASK_RUNNABLE:
		if (!slice->throttled)
			return idle_ready__enter(idle->ready, slice);
		idle->throttled++;
		break;
	case TASK_BLOCKED:
		return idle_shares__blocked(idle->shares, slice->cause, slice->object, 1);
	case TASK_UNKNOWN:
		idle->unknown++;
		break;
	}
	return 0;
}

static int leave(struct idle *idle, const struct past_task *slice)
{
	switch (slice->state) {
	case TASK_RUNNING:
		break;
	case TASK_RUNNABLE:
		if (slice->throttled)
			idle->throttled--;
		else
			idle_ready__leave(idle->ready, slice);
		break;
	case TASK_BLOCKED:
		return idle_shares__blocked(idle->shares, slice->cause, slice->object, -1);
	case TASK_UNKNOWN:
		idle->unknown--;
		break;
	}
	return 0;
}

static int change_cpu(struct idle *idle, const struct past_cpu *earlier,
		      const struct past_cpu *later)
{
	uint32_t cpu = earlier ? earlier->cpu : later->cpu;
	bool is_idle = earlier && earlier->use == CPU_IDLE;
	int err = idle_ready__cpu(idle->ready, cpu, is_idle);

	return err ? err : idle_shares__cpu(idle->shares, cpu, is_idle);
}

static int idle__back(void *state, const struct rewind *rw, const struct step *step)
{
	struct idle *idle = state;
	int err = 0;

	(void)rw;
	if (step->kind != PAST_TASK && step->kind != PAST_CPU)
		return 0;
	go_back(idle, step->ns);
	if (step->kind == PAST_CPU)
		return change_cpu(idle, step->cpu.earlier, step->cpu.later);
	if (step->task.later)
		err = leave(idle, step->task.later);
	if (!err && step->task.earlier)
		err = enter(idle, step->task.earlier);
	return err;
}

/* --- tables --- */

static int longest_first(const void *a, const void *b)
{
	const struct idle_subject *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	if (x->cause != y->cause)
		return x->cause < y->cause ? -1 : 1;
	return x->object < y->object ? -1 : x->object > y->object;
}

static void set_object(const struct object_words *words, struct report_table *t, size_t row,
		       uint32_t object)
{
	struct strbuf text = {0};

	table__set_int(t, row, "sync", object);
	object_words__add(words, object, &text);
	if (!strbuf__failed(&text))
		table__set_text(t, row, "subject", strbuf__text(&text));
	strbuf__free(&text);
}

static size_t add_row(struct report_table *t, unsigned int cause, uint64_t ns, uint64_t all)
{
	size_t row = table__add_row(t, 0);

	table__set_text(t, row, "cause", idle_cause__name(cause));
	table__set_int(t, row, "ns", (int64_t)ns);
	table__set_real(t, row, "share", (double)ns / (double)all);
	return row;
}

/* Those that are not told one by one. */
static void add_rest(struct report_table *t, const struct idle_subject *subjects, size_t n,
		     uint64_t all)
{
	uint64_t ns[IDLE_CAUSES] = {0}, count[IDLE_CAUSES] = {0};
	unsigned int cause;
	size_t i, row;

	for (i = 0; i < n; i++) {
		ns[subjects[i].cause] += subjects[i].ns;
		count[subjects[i].cause]++;
	}
	for (cause = 0; cause < IDLE_CAUSES; cause++) {
		if (!ns[cause])
			continue;
		row = add_row(t, cause, ns[cause], all);
		table__set_int(t, row, "objects", (int64_t)count[cause]);
	}
}

static int add_subjects(const struct idle *idle, const struct object_words *words,
			struct report *report)
{
	struct report_table *t =
		report__add(report, "", "idle.by", columns, sizeof(columns) / sizeof(*columns));
	size_t i, told = 0, n = 0, count = idle_shares__subjects(idle->shares);
	struct idle_subject *subjects = calloc(count + 1, sizeof(*subjects));
	uint64_t all = 0;

	if (!subjects)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		subjects[n] = idle_shares__subject(idle->shares, i);
		all += subjects[n].ns;
		n += subjects[n].ns != 0;
	}
	qsort(subjects, n, sizeof(*subjects), longest_first);
	for (; told < n && told < MAX_OBJECTS; told++) {
		size_t row = add_row(t, subjects[told].cause, subjects[told].ns, all);

		if (subjects[told].object != PAST_NONE)
			set_object(words, t, row, subjects[told].object);
	}
	add_rest(t, subjects + told, n - told, all);
	free(subjects);
	return 0;
}

static void add_cpus(const struct idle *idle, struct report *report)
{
	const struct report_table *cpus = report__find(report, "cpus");
	struct report_table *t = report__add(report, "cpus", "idle_because", cpu_columns, 2);
	unsigned int cause;
	size_t row, added;

	for (row = 0; row < table__rows(cpus); row++) {
		for (cause = 0; cause < IDLE_CAUSES; cause++) {
			uint64_t ns = idle_shares__of_cpu(
				idle->shares, (uint32_t)table__int(cpus, row, "cpu"), cause);

			if (!ns)
				continue;
			added = table__add_row(t, row);
			table__set_text(t, added, "cause", idle_cause__name(cause));
			table__set_int(t, added, "ns", (int64_t)ns);
		}
	}
}

static int idle__finish(void *state, const struct analysis_input *in, struct report *report)
{
	struct idle *idle = state;
	struct object_words *words;
	int err = idle_shares__settle(idle->shares);

	if (err)
		return err;
	words = object_words__new(in->model, report);
	if (!words)
		return -ENOMEM;
	add_cpus(idle, report);
	err = add_subjects(idle, words, report);
	object_words__free(words);
	return err;
}

const struct analysis analysis_idle = {
	.name = "idle",
	.begin = idle__begin,
	.back = idle__back,
	.finish = idle__finish,
	.end = idle__end,
};
