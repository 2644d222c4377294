// SPDX-License-Identifier: GPL-2.0-only
/* The same work done in several ways, for the terminal: one column for each. */
#include <string.h>

#include "export/rows.h"
#include "export/text_out.h"
#include "lib/units.h"
#include "report/report.h"

#define COLUMNS_MOST 4
#define NAMES	     24
#define CELL	     13
#define NAME	     14				/* where the picture begins */
#define BAR	     (TEXT_COLUMNS - NAME - 10) /* the time follows it */

static size_t shown(const struct report_table *t)
{
	return table__rows(t) < COLUMNS_MOST ? table__rows(t) : COLUMNS_MOST;
}

/* "-" for what is not there. */
static void cell(char *buf, const struct report_table *t, size_t row,
		 const struct report_column *column)
{
	if (!table__has(t, row, column->key))
		snprintf(buf, UNITS_LEN, "-");
	else if (column->unit == U_SHARE)
		units__percent(buf, table__real(t, row, column->key));
	else if (column->type == R_REAL)
		snprintf(buf, UNITS_LEN, "%.2f", table__real(t, row, column->key));
	else if (column->unit == U_NS)
		units__ns(buf, (uint64_t)table__int(t, row, column->key));
	else if (column->unit == U_BYTES)
		units__bytes(buf, (uint64_t)table__int(t, row, column->key));
	else
		units__count(buf, (uint64_t)table__int(t, row, column->key));
	if (!strcmp(buf, "0") || !strcmp(buf, "0 s"))
		snprintf(buf, UNITS_LEN, "-");
}

static bool same_part(const char *a, const char *b)
{
	size_t len = strcspn(a, ".");

	return len == strcspn(b, ".") && a[len] && b[len] && !strncmp(a, b, len);
}

/* A row of what some of them have; a blank line above if another part begins. */
static void put_measure(struct text_out *o, const struct report_table *t,
			const struct report_column *column, const char **part)
{
	char cells[COLUMNS_MOST][UNITS_LEN];
	size_t i, n = shown(t);
	bool any = false;

	for (i = 0; i < n; i++) {
		cell(cells[i], t, i, column);
		any |= strcmp(cells[i], "-") != 0;
	}
	if (!any)
		return;
	if (*part && (strchr(*part, '.') || strchr(column->key, '.')) &&
	    !same_part(*part, column->key))
		text_out__end(o);
	*part = column->key;
	text_out__printf(o, "  %s", column->heading);
	for (i = 0; i < n; i++) {
		text_out__pad(o, 2 + NAMES + (i + 1) * CELL - strlen(cells[i]));
		text_out__printf(o, "%s", cells[i]);
	}
	text_out__end(o);
}

static void put_table(struct text_out *o, const struct report_table *t)
{
	const struct report_column *columns;
	size_t i, n = table__columns(t, &columns);
	const char *part = NULL, *model;

	for (i = 0; i < shown(t); i++) {
		model = table__text(t, i, "model");
		text_out__pad(o, 2 + NAMES + (i + 1) * CELL - strlen(model));
		text_out__style(o, TEXT_HEADING);
		text_out__printf(o, "%s", model);
		text_out__style(o, TEXT_PLAIN);
	}
	text_out__end(o);
	for (i = 0; i < n; i++)
		if (columns[i].type != R_TEXT)
			put_measure(o, t, &columns[i], &part);
}

/* As long as the wall time, and filled as the CPUs were in it. */
static void put_bar(struct text_out *o, const struct report_table *t, size_t row, int64_t longest)
{
	int64_t wall = table__int(t, row, "wall_ns");
	double all = longest ? BAR * (double)wall / (double)longest : 0;
	double used = all * table__real(t, row, "cpus_used");
	double taken = used + all * table__real(t, row, "others_used");
	char buf[UNITS_LEN];
	int i;

	text_out__printf(o, "  %s", table__text(t, row, "model"));
	text_out__pad(o, NAME);
	for (i = 0; i == 0 || i + 0.5 < all; i++)
		text_out__printf(o, "%c", i + 0.5 < used ? '#' : i + 0.5 < taken ? 'o' : '.');
	text_out__printf(o, " %s", units__ns(buf, (uint64_t)wall));
	text_out__end(o);
}

static void put_picture(struct text_out *o, const struct report_table *t)
{
	int64_t longest = 0;
	size_t row;

	for (row = 0; row < shown(t); row++)
		if (table__int(t, row, "wall_ns") > longest)
			longest = table__int(t, row, "wall_ns");
	text_out__end(o);
	text_out__heading(o, "WALL TIME");
	text_out__printf(o, "and the CPUs in it:  # this work  o other programs  . idle");
	text_out__end(o);
	for (row = 0; row < shown(t); row++)
		put_bar(o, t, row, longest);
}

static void put_findings(struct text_out *o, const struct report_table *t)
{
	size_t row;

	text_out__end(o);
	text_out__heading(o, "WHAT A REPORT SAYS FIRST");
	text_out__end(o);
	for (row = 0; row < shown(t); row++) {
		const char *summary = table__text(t, row, "finding.summary");

		text_out__printf(o, "  %s", table__text(t, row, "model"));
		text_out__pad(o, NAME);
		text_out__name(o, summary ? summary : "nothing", TEXT_COLUMNS - NAME);
		text_out__end(o);
	}
}

static int text_models__finish(void *state, const struct report *report)
{
	const struct report_table *root = report__find(report, ""), *t;
	struct text_out *o = state;
	uint64_t runs = (uint64_t)table__int(root, 0, "runs");
	char buf[UNITS_LEN];

	t = report__find(report, "models");
	text_out__heading(o, table__text(root, 0, "kind"));
	text_out__printf(o, "in %s, on %s CPUs", table__text(root, 0, "language"),
			 units__count(buf, (uint64_t)table__int(root, 0, "cpus")));
	if (runs > 1)
		text_out__printf(o, "; of %s runs each, that with the median wall time",
				 units__count(buf, runs));
	text_out__end(o);
	text_out__end(o);
	put_table(o, t);
	if (table__text(root, 0, "server")) {
		text_out__end(o);
		text_out__printf(o, "  Others' CPU time has that of the server they wait for.");
		text_out__end(o);
	}
	put_picture(o, t);
	put_findings(o, t);
	return text_out__failure(o);
}

const struct exporter exporter_models = {
	.name = "models",
	.help = "the same work done in several ways, for the terminal",
	.begin = text_out__open,
	.finish = text_models__finish,
	.end = text_out__close,
};
