// SPDX-License-Identifier: GPL-2.0-only
/* THREAD TIME: one row per thread, or per group of threads with like names if there are many. */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "export/text_sections.h"
#include "export/text_sums.h"
#include "export/text_table.h"
#include "lib/thread_name.h"
#include "lib/units.h"
#include "report/report.h"

#define CAUSES 3 /* causes that get a column, if there is room */

/* One thread, or several whose names differ in a number only. */
struct group {
	const char *name;
	struct thread_name stem;
	bool same; /* all of name is shared */
	uint64_t threads, running, runnable, blocked, unknown, cause[CAUSES];
	uint64_t voluntary, involuntary;
	uint32_t tid; /* of one of them */
};

struct threads {
	struct group *groups;
	size_t n, nrows; /* groups; threads in all */
	struct text_blocked blocked;
	size_t ncauses;
};

static int by_stem(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	size_t xlen = x->stem.head, ylen = y->stem.head;
	int diff = strncmp(x->name, y->name, xlen < ylen ? xlen : ylen);

	if (diff)
		return diff;
	if (xlen != ylen)
		return xlen < ylen ? -1 : 1;
	return strcmp(x->stem.tail, y->stem.tail);
}

static int busiest_first(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	if (x->running != y->running)
		return x->running > y->running ? -1 : 1;
	if (x->blocked != y->blocked)
		return x->blocked > y->blocked ? -1 : 1;
	return strcmp(x->name, y->name);
}

static uint64_t cell(const struct report_table *t, size_t row, const char *key)
{
	return (uint64_t)table__int(t, row, key);
}

static void read_row(const struct report_table *t, size_t row, const struct threads *all,
		     struct group *g)
{
	const char *comm = table__text(t, row, "comm");
	size_t i;

	g->tid = (uint32_t)table__int(t, row, "tid");
	g->name = comm ? comm : "";
	g->stem = thread_name__split(g->name);
	g->same = true;
	g->threads = 1;
	g->running = cell(t, row, "running_ns");
	g->runnable = cell(t, row, "runnable_ns");
	g->blocked = cell(t, row, "blocked_ns");
	g->unknown = cell(t, row, "unknown_ns");
	g->voluntary = cell(t, row, "switches.voluntary");
	g->involuntary = cell(t, row, "switches.involuntary");
	for (i = 0; i < all->ncauses; i++)
		g->cause[i] = cell(t, row, all->blocked.causes[i].key);
}

static void join(struct group *to, const struct group *from)
{
	size_t i;

	to->same &= !strcmp(to->name, from->name);
	to->threads += from->threads;
	to->running += from->running;
	to->runnable += from->runnable;
	to->blocked += from->blocked;
	to->unknown += from->unknown;
	to->voluntary += from->voluntary;
	to->involuntary += from->involuntary;
	for (i = 0; i < CAUSES; i++)
		to->cause[i] += from->cause[i];
}

static void group_by_stem(struct threads *all)
{
	size_t i, n = 0;

	qsort(all->groups, all->n, sizeof(*all->groups), by_stem);
	for (i = 0; i < all->n; i++) {
		if (n && !by_stem(&all->groups[n - 1], &all->groups[i]))
			join(&all->groups[n - 1], &all->groups[i]);
		else
			all->groups[n++] = all->groups[i];
	}
	all->n = n;
}

static bool needs_tid(const struct threads *all, const struct group *g)
{
	size_t i;

	for (i = 0; i < all->n && i < TEXT_TABLE_ROWS; i++)
		if (&all->groups[i] != g && !strcmp(all->groups[i].name, g->name))
			return true;
	return false;
}

/* "main", "worker-* x16", "python3 x4", "python3 1234" */
static void put_name(struct text_table *table, size_t row, const struct threads *all,
		     const struct group *g)
{
	char *suffix = table->suffixes[row];

	if (g->same)
		snprintf(table->names[row], TEXT_CELL, "%s", *g->name ? g->name : "(no name)");
	else
		snprintf(table->names[row], TEXT_CELL, "%.*s%s%s", (int)g->stem.head, g->name,
			 *g->stem.tail ? "*" : "", g->stem.tail);
	if (g->threads > 1)
		snprintf(suffix, TEXT_CELL, "%s x%" PRIu64, g->same || *g->stem.tail ? "" : "*",
			 g->threads);
	else if (needs_tid(all, g))
		snprintf(suffix, TEXT_CELL, " %" PRIu32, g->tid);
}

/* Exact where that is short: 12,031, 481k, 4.8M. */
static void put_short_count(char *buf, uint64_t count)
{
	if (count < 100000)
		units__count(buf, count);
	else if (count < 999500)
		snprintf(buf, UNITS_LEN, "%" PRIu64 "k", (count + 500) / 1000);
	else
		snprintf(buf, UNITS_LEN, "%.1fM", (double)count / 1e6);
}

static void put_cells(struct text_table *table, size_t row, const struct threads *all,
		      const struct group *g, const struct units_scale *scale)
{
	char voluntary[UNITS_LEN], involuntary[UNITS_LEN];
	uint64_t other = g->blocked;
	size_t i, column = 0;

	put_name(table, row, all, g);
	units__scaled(table->cells[row][column++], scale, g->running);
	units__scaled(table->cells[row][column++], scale, g->runnable);
	for (i = 0; i < all->ncauses; i++) {
		units__scaled(table->cells[row][column++], scale, g->cause[i]);
		other -= g->cause[i];
	}
	units__scaled(table->cells[row][column++], scale, other);
	units__scaled(table->cells[row][column++], scale, g->unknown);
	put_short_count(voluntary, g->voluntary);
	put_short_count(involuntary, g->involuntary);
	snprintf(table->cells[row][column], TEXT_CELL, "%.20s / %.20s", voluntary, involuntary);
}

static uint64_t largest(const struct threads *all, size_t nrows)
{
	uint64_t max = 0;
	size_t i;

	for (i = 0; i < nrows; i++) {
		const struct group *g = &all->groups[i];

		max = g->running > max ? g->running : max;
		max = g->runnable > max ? g->runnable : max;
		max = g->blocked > max ? g->blocked : max;
	}
	return max;
}

/* Fills the table; returns the threads that its rows stand for. */
static uint64_t fill(struct text_table *table, const struct threads *all)
{
	struct units_scale scale;
	uint64_t told = 0;
	size_t i;

	memset(table, 0, sizeof(*table));
	table->heading = "THREAD TIME";
	table->nrows = all->n < TEXT_TABLE_ROWS ? all->n : TEXT_TABLE_ROWS;
	scale = units__scale(largest(all, table->nrows));
	table->columns[table->ncolumns++] = "running";
	table->columns[table->ncolumns++] = "for CPU";
	for (i = 0; i < all->ncauses; i++)
		table->columns[table->ncolumns++] = all->blocked.causes[i].name;
	table->columns[table->ncolumns++] = "other";
	table->columns[table->ncolumns++] = "unknown";
	table->columns[table->ncolumns++] = "switches vol/inv";
	for (i = 0; i < table->nrows; i++) {
		put_cells(table, i, all, &all->groups[i], &scale);
		told += all->groups[i].threads;
	}
	return told;
}

static bool any_unknown(const struct threads *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->groups[i].unknown)
			return true;
	return false;
}

static void print(struct text_out *o, struct threads *all)
{
	size_t min_causes = any_unknown(all) ? 1 : 2; /* that column needs room as well */
	struct text_table table;
	uint64_t told = fill(&table, all);
	char more[UNITS_LEN];

	while (all->ncauses > min_causes && text_table__width(&table) > TEXT_COLUMNS) {
		all->ncauses--;
		told = fill(&table, all);
	}
	text_table__print(&table, o);
	if (told < all->nrows) {
		text_out__printf(o, "  ... %s more", units__count(more, all->nrows - told));
		text_out__end(o);
	}
}

int text__threads(struct text_out *o, const struct report *report)
{
	const struct report_table *t = report__find(report, "tasks");
	struct threads all = {0};
	size_t row;

	all.n = all.nrows = table__rows(t);
	if (!all.n)
		return 0;
	all.groups = calloc(all.n, sizeof(*all.groups));
	if (!all.groups)
		return -ENOMEM;
	text_blocked__sum(&all.blocked, t);
	all.ncauses = all.blocked.n < CAUSES ? all.blocked.n : CAUSES;
	for (row = 0; row < all.n; row++)
		read_row(t, row, &all, &all.groups[row]);
	if (all.n > TEXT_TABLE_ROWS)
		group_by_stem(&all);
	qsort(all.groups, all.n, sizeof(*all.groups), busiest_first);
	print(o, &all);
	free(all.groups);
	return 0;
}
