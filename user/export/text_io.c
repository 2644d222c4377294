// SPDX-License-Identifier: GPL-2.0-only
/* WAITED FOR: the files, pipes and sockets that threads blocked on longest, and who woke them. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/text_sections.h"
#include "export/text_sums.h"
#include "export/text_table.h"
#include "export/text_wrap.h"
#include "lib/units.h"
#include "report/report.h"
#include "report/words.h"

#define SHOWN	 5
#define DETAILED 2  /* of them, those that are told more of */
#define DETAIL	 10 /* if they have at least one in so many of all waiting */
#define TASKS	 2
#define INDENT	 4

/* One thing, or many connections to, or at, one address. */
struct group {
	size_t row;	  /* the first, in which threads waited longest */
	const char *side; /* "peer" or "local", if it is several; else NULL */
	uint64_t rows, waits, wait_ns, max_ns;
};

struct targets {
	const struct report *report;
	const struct report_table *t;
	struct group *groups; /* the longest wait first */
	size_t n;
	uint64_t wait_ns;
};

/* What the thread does there: "reader reads". */
static const char *does(const char *call)
{
	static const struct {
		const char *call, *does;
	} words[] = {
		{"read", " reads"},	{"write", " writes"}, {"connect", " connects"},
		{"accept", " accepts"}, {"sync", " syncs"},   {"lock", " locks"},
	};
	size_t i;

	for (i = 0; call && i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(call, words[i].call))
			return words[i].does;
	return "";
}

/* "reader reads; woken by writer" */
static void put_tasks(struct text_out *o, size_t i, const void *ctx)
{
	const struct targets *targets = ctx;
	const struct report_table *by = report__find(targets->report, "io.targets.by");
	const struct report_table *wakes = report__find(targets->report, "io.targets.woken_by");
	const struct group *group = &targets->groups[i];
	size_t row, n, parent = group->row;
	struct strbuf text = {0};
	struct text_wrap w;

	if (i >= DETAILED || group->wait_ns < targets->wait_ns / DETAIL)
		return;
	text_wrap__begin(&w, o, INDENT);
	for (row = 0, n = 0; row < table__rows(by) && n < TASKS; row++) {
		if (table__parent_row(by, row) != parent)
			continue;
		strbuf__reset(&text);
		words__thread(&text, by, row, false);
		strbuf__puts(&text, does(table__text(by, row, "call")));
		text_wrap__add(&w, ", ", strbuf__text(&text));
		n++;
	}
	for (row = 0, n = 0; row < table__rows(wakes) && n < TASKS; row++) {
		if (table__parent_row(wakes, row) != parent)
			continue;
		strbuf__reset(&text);
		strbuf__puts(&text, n ? "" : "woken by ");
		words__thread(&text, wakes, row, false);
		text_wrap__add(&w, n++ ? ", " : "; ", strbuf__text(&text));
	}
	text_wrap__end(&w);
	strbuf__free(&text);
}

static void put_name(struct text_table *table, size_t i, const struct report_table *t,
		     const struct group *group)
{
	const char *name = table__text(t, group->row, "name");
	const char *kind = table__text(t, group->row, "kind");
	const char *cause = table__text(t, group->row, "cause");
	size_t len = name ? strlen(name) : 0;
	char count[UNITS_LEN];

	if (group->side) {
		snprintf(table->names[i], TEXT_CELL, "%.14s %.32s",
			 strcmp(group->side, "peer") ? "connections at" : "connections to",
			 table__text(t, group->row, group->side));
		snprintf(table->suffixes[i], TEXT_CELL, " x%.20s",
			 units__count(count, group->rows));
		return;
	}
	if (!name)
		snprintf(table->names[i], TEXT_CELL, "unknown %.20s",
			 cause && !strcmp(cause, "disk") ? "file on disk"
			 : kind				 ? kind
							 : "");
	else if (len < TEXT_CELL - 6 || *name != '/')
		snprintf(table->names[i], TEXT_CELL, "%s", name);
	else /* of a path, the end says more */
		snprintf(table->names[i], TEXT_CELL, "...%s", name + len - (TEXT_CELL - 10));
	if (cause && !strcmp(cause, "disk"))
		snprintf(table->suffixes[i], TEXT_CELL, " (disk)");
}

/* Event loops wait for nothing in particular most of the time: they have their own section. */
static bool is_told(const struct report_table *t, size_t row)
{
	const char *cause = table__text(t, row, "cause");

	return cause && !strcmp(cause, "poll");
}

static void join(struct group *group, const struct report_table *t, size_t row)
{
	uint64_t max = (uint64_t)table__int(t, row, "max_wait_ns");

	group->rows++;
	group->waits += (uint64_t)table__int(t, row, "waits");
	group->wait_ns += (uint64_t)table__int(t, row, "wait_ns");
	group->max_ns = max > group->max_ns ? max : group->max_ns;
}

/* A group of at least two in which the row's address on that side is; NULL if there is none. */
static struct group *group_of(const struct targets *targets, size_t row, const char *side)
{
	const char *address = table__text(targets->t, row, side), *other;
	size_t i;

	/* Only of connections, which have a peer. */
	for (i = 0; address && table__has(targets->t, row, "peer") && i < targets->n; i++) {
		struct group *group = &targets->groups[i];

		if (group->side && strcmp(group->side, side) != 0)
			continue;
		other = table__text(targets->t, group->row, side);
		if (!other || strcmp(other, address) != 0 ||
		    !table__has(targets->t, group->row, "peer"))
			continue;
		group->side = side;
		return group;
	}
	return NULL;
}

static int longest_first(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	if (x->wait_ns != y->wait_ns)
		return x->wait_ns > y->wait_ns ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

/* Returns 0 or -ENOMEM; the groups are the caller's to free. */
static int group(struct targets *targets)
{
	const struct report_table *t = targets->t;
	struct group *found;
	size_t row;

	targets->groups = calloc(table__rows(t) + 1, sizeof(*targets->groups));
	if (!targets->groups)
		return -ENOMEM;
	for (row = 0; row < table__rows(t); row++) {
		if (is_told(t, row))
			continue;
		targets->wait_ns += (uint64_t)table__int(t, row, "wait_ns");
		found = group_of(targets, row, "peer");
		found = found ? found : group_of(targets, row, "local");
		if (!found) {
			found = &targets->groups[targets->n++];
			found->row = row;
		}
		join(found, t, row);
	}
	qsort(targets->groups, targets->n, sizeof(*targets->groups), longest_first);
	return 0;
}

static void put_cells(struct text_table *table, size_t i, const struct report_table *t,
		      const struct group *group)
{
	char(*cells)[TEXT_CELL] = table->cells[i];

	put_name(table, i, t, group);
	units__count(cells[0], group->waits);
	units__ns(cells[1], group->wait_ns);
	units__ns(cells[2], group->max_ns);
	/* Of several nobody knows how many are the same threads. */
	if (!group->side)
		units__count(cells[3], (uint64_t)table__int(t, group->row, "waiters"));
}

int text__io(struct text_out *o, const struct report *report)
{
	struct targets targets = {.report = report, .t = report__find(report, "io.targets")};
	struct text_table table = {.heading = "WAITED FOR",
				   .columns = {"waits", "waited", "longest", "threads"},
				   .ncolumns = 4,
				   .below = put_tasks,
				   .ctx = &targets};
	uint64_t blocked = text_sum(report__find(report, "tasks"), "blocked_ns");
	size_t i, all;

	if (group(&targets))
		return -ENOMEM;
	/* What is less than a hundredth of all waiting is no news. */
	for (i = 0; i < targets.n && i < SHOWN && targets.wait_ns >= blocked / 100; i++) {
		if (!targets.groups[i].wait_ns || targets.groups[i].wait_ns < targets.wait_ns / 100)
			break;
		put_cells(&table, i, targets.t, &targets.groups[i]);
		table.nrows++;
	}
	if (table.nrows) {
		text_table__print(&table, o);
		all = targets.n +
		      (size_t)table__int(report__find(report, ""), 0, "io.targets_omitted.targets");
		text_out__more(o, all - table.nrows);
	}
	free(targets.groups);
	return 0;
}
