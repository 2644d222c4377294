// SPDX-License-Identifier: GPL-2.0-only
/* EVENT LOOPS: how long their turns took, and what the longest did. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "export/text_sections.h"
#include "export/text_table.h"
#include "export/text_wrap.h"
#include "lib/units.h"
#include "report/report.h"
#include "report/words.h"

#define SHOWN	 5
#define DETAILED 2
#define INDENT	 4

static void add_time(struct text_wrap *w, const char *separator, const char *what, uint64_t ns)
{
	char text[TEXT_CELL], value[UNITS_LEN];

	snprintf(text, sizeof(text), "%.24s %s", what, units__ns(value, ns));
	text_wrap__add(w, separator, text);
}

/* What of the turn is not less than a tenth of it. */
static void put_parts(struct text_wrap *w, const struct report_table *t, size_t row, uint64_t ns)
{
	const struct report_column *columns;
	size_t i, n = table__columns(t, &columns);
	const char *separator = ": ";

	for (i = 0; i < n; i++) {
		const char *key = columns[i].key;
		uint64_t part = (uint64_t)table__int(t, row, key);
		const char *name = !strcmp(key, "running_ns")	      ? "running"
				   : !strcmp(key, "runnable_ns")      ? "for CPU"
				   : !strcmp(key, "unknown_ns")	      ? "unknown"
				   : !strncmp(key, "blocked_by.", 11) ? key + 11
								      : NULL;

		if (!name || !part || part < ns / 10)
			continue;
		add_time(w, separator, name, part);
		separator = ", ";
	}
}

/* The site with the most samples, else with the longest waits. */
static size_t best_site(const struct report_table *t, size_t turn)
{
	size_t row, best = SIZE_MAX;

	for (row = 0; row < table__rows(t); row++) {
		int64_t samples = table__int(t, row, "samples"), ns = table__int(t, row, "wait_ns");

		if (table__parent_row(t, row) != turn)
			continue;
		if (best == SIZE_MAX || samples > table__int(t, best, "samples") ||
		    (samples == table__int(t, best, "samples") &&
		     ns > table__int(t, best, "wait_ns")))
			best = row;
	}
	return best;
}

/* "longest: 31 ms at 1.02 s: running 30 ms; in parse() json.c:12" */
static void put_longest(struct text_out *o, size_t i, const void *ctx)
{
	const struct report *report = ctx;
	const struct report_table *t = report__find(report, "loops.longest");
	const struct report_table *sites = report__find(report, "loops.longest.sites");
	const struct report_table *tasks = report__find(report, "loops.longest.tasks");
	size_t turn = table__first_row(t, i), site, task = table__first_row(tasks, turn);
	char length[UNITS_LEN], start[UNITS_LEN], text[80];
	struct strbuf place = {0};
	struct text_wrap w;
	uint64_t ns;

	if (i >= DETAILED || turn == SIZE_MAX)
		return;
	ns = (uint64_t)table__int(t, turn, "ns");
	units__ns(start, (uint64_t)table__int(t, turn, "start_ns"));
	snprintf(text, sizeof(text), "the longest, %.30s at %.30s", units__ns(length, ns), start);
	text_wrap__begin(&w, o, INDENT);
	text_wrap__add(&w, "", text);
	put_parts(&w, t, turn, ns);
	site = best_site(sites, turn);
	strbuf__puts(&place, "in ");
	if (site != SIZE_MAX && words__site(&place, sites, site, ""))
		text_wrap__add(&w, "; ", strbuf__text(&place));
	if (task != SIZE_MAX) {
		strbuf__reset(&place);
		strbuf__printf(&place, "in task %s", table__text(tasks, task, "name"));
		text_wrap__add(&w, "; ", strbuf__text(&place));
	}
	text_wrap__end(&w);
	strbuf__free(&place);
}

void text__loops(struct text_out *o, const struct report *report)
{
	const struct report_table *t = report__find(report, "loops");
	struct text_table table = {.heading = "EVENT LOOPS",
				   .columns = {"turns", "busy", "half within", "longest"},
				   .ncolumns = 4,
				   .below = put_longest,
				   .ctx = report};
	size_t i, all = table__rows(t);

	table.nrows = all < SHOWN ? all : SHOWN;
	if (!table.nrows)
		return;
	for (i = 0; i < table.nrows; i++) {
		const char *comm = table__text(t, i, "comm");

		snprintf(table.names[i], TEXT_CELL, "%s", comm && *comm ? comm : "(no name)");
		units__count(table.cells[i][0], (uint64_t)table__int(t, i, "turns"));
		units__ns(table.cells[i][1], (uint64_t)table__int(t, i, "busy_ns"));
		units__ns(table.cells[i][2], (uint64_t)table__int(t, i, "p50_ns"));
		units__ns(table.cells[i][3], (uint64_t)table__int(t, i, "max_ns"));
	}
	text_table__print(&table, o);
	all += (size_t)table__int(report__find(report, ""), 0, "loops_omitted.loops");
	text_out__more(o, all - table.nrows);
}
