// SPDX-License-Identifier: GPL-2.0-only
/* A comparison for the terminal: the answer first, then who, then what differs. */
#include "export/text_compare.h"

#include <inttypes.h>
#include <string.h>

#include "export/rows.h"
#include "export/text_out.h"
#include "export/text_wrap.h"
#include "lib/strbuf.h"
#include "lib/units.h"
#include "report/report.h"
#include "report/words.h"

#define ROWS_SHOWN  6 /* of each section; of the totals all */
#define TOTALS_MOST 24

static size_t sides_shown(const struct report *report)
{
	size_t n = table__rows(report__find(report, "sides"));

	return n < COMPARE_SIDES_SHOWN ? n : COMPARE_SIDES_SHOWN;
}

/* "exit code 0", or of each run if they differ. */
static void put_exits(struct text_wrap *w, const struct report_table *runs, size_t side)
{
	struct strbuf text = {0};
	size_t row, first = table__first_row(runs, side);
	bool differ = false;

	for (row = first; row < table__rows(runs); row++)
		differ |= table__parent_row(runs, row) == side &&
			  (table__int(runs, row, "exit.code") !=
				   table__int(runs, first, "exit.code") ||
			   table__int(runs, row, "exit.signal") !=
				   table__int(runs, first, "exit.signal"));
	for (row = first; row < table__rows(runs); row++) {
		bool signal = table__has(runs, row, "exit.signal");

		if (table__parent_row(runs, row) != side || (row != first && !differ) ||
		    (!signal && !table__has(runs, row, "exit.code")))
			continue;
		strbuf__printf(&text, "%s%s %" PRId64, text.len ? ", " : "",
			       signal ? "signal" : "exit code",
			       table__int(runs, row, signal ? "exit.signal" : "exit.code"));
	}
	if (text.len)
		text_wrap__add(w, "; ", strbuf__text(&text));
	strbuf__free(&text);
}

static void put_side(struct text_out *o, const struct report *report, size_t side)
{
	const struct report_table *words = report__find(report, "sides.command");
	const struct report_table *runs = report__find(report, "sides.runs");
	const char *file = table__text(runs, table__first_row(runs, side), "file");
	struct text_wrap w;
	bool any = false;
	size_t row;

	text_out__printf(o, "  %c  ", (char)('A' + side));
	text_wrap__begin(&w, o, 5);
	if (file)
		text_wrap__add(&w, "", file);
	for (row = 0; row < table__rows(words); row++) {
		if (table__parent_row(words, row) != side)
			continue;
		text_wrap__add(&w, any || !file ? " " : ": ", table__text(words, row, ""));
		any = true;
	}
	put_exits(&w, runs, side);
	text_wrap__end(&w);
}

/* What makes numbers of a side doubtful. */
static void put_losses(struct text_out *o, const struct report *report, size_t side)
{
	const struct report_table *runs = report__find(report, "sides.runs");
	uint64_t lost = 0;
	bool truncated = false;
	char count[UNITS_LEN];
	size_t row;

	for (row = 0; row < table__rows(runs); row++) {
		if (table__parent_row(runs, row) != side)
			continue;
		lost += (uint64_t)table__int(runs, row, "events_lost");
		truncated |= table__bool(runs, row, "truncated");
	}
	if (!lost && !truncated)
		return;
	text_out__style(o, TEXT_ALARM);
	if (lost)
		text_out__printf(o,
				 "     %s events LOST: counts are too low, some time is not known",
				 units__count(count, lost));
	else
		text_out__printf(o, "     the recording has no end: it was cut short");
	text_out__end(o);
}

static bool text_differs(const struct report_table *t, size_t row, const char *key)
{
	const char *base = table__text(t, 0, key), *other = table__text(t, row, key);

	return base && other && strcmp(base, other) != 0;
}

static void put_sides(struct text_out *o, const struct report *report)
{
	const struct report_table *t = report__find(report, "sides");
	size_t side;

	text_out__end(o);
	for (side = 0; side < table__rows(t); side++) {
		put_side(o, report, side);
		put_losses(o, report, side);
		if (table__int(t, side, "cpus") != table__int(t, 0, "cpus") ||
		    text_differs(t, side, "hostname") || text_differs(t, side, "kernel")) {
			text_out__printf(o, "     from another machine than A, or another kernel");
			text_out__end(o);
		}
	}
}

static enum compare_unit unit_of(const char *unit)
{
	if (!strcmp(unit, "ns"))
		return COMPARE_NS;
	return strcmp(unit, "milli") ? COMPARE_COUNT : COMPARE_MILLI;
}

/* Fills a row; false if no side differs from the first. */
static bool fill_row(struct compare_row *row, const struct report *report, size_t number,
		     size_t first)
{
	const struct report_table *t = report__find(report, "numbers");
	const struct report_table *values = report__find(report, "numbers.values");
	size_t side, all = table__rows(report__find(report, "sides"));
	bool differs = false, several = text_compare__runs(report) > 1;

	row->heading = table__text(t, number, "heading");
	row->unit = unit_of(table__text(t, number, "unit"));
	for (side = 0; side < all; side++) {
		size_t value = first + side;
		bool same =
			table__bool(values, value, "noise") || table__bool(values, value, "small");

		differs |= side && !same;
		if (side >= COMPARE_SIDES_SHOWN)
			continue;
		row->cells[side] = (struct compare_cell){
			.median = table__int(values, value, "median"),
			.min = table__int(values, value, "min"),
			.max = table__int(values, value, "max"),
			.several = several,
			.same = same,
		};
	}
	return differs;
}

static void put_section(struct text_out *o, const struct report *report, const char *heading,
			const struct compare_row *rows, size_t n, size_t found)
{
	char count[UNITS_LEN];

	if (!n)
		return;
	compare_table__print(o, heading, rows, n, sides_shown(report));
	if (found == n)
		return;
	text_out__printf(o, "  ... %s more: --json -", units__count(count, found - n));
	text_out__end(o);
}

/* That a lock is gone is told by its waits already: how many of them there were is for the JSON. */
static bool is_of(const struct report_table *t, size_t row, const char *section)
{
	return !strcmp(table__text(t, row, "section"), section) &&
	       strcmp(table__text(t, row, "measure"), "objects") != 0;
}

size_t text_compare__numbers(struct text_out *o, const struct report *report)
{
	static const struct {
		const char *sections[3], *heading;
		size_t most;
	} parts[] = {
		{{"total"}, "WHAT DIFFERS", TOTALS_MOST},
		{{"sync", "io", "blocked"}, "WAITING", ROWS_SHOWN},
		{{"threads"}, "THREADS", ROWS_SHOWN},
	};
	const struct report_table *t = report__find(report, "numbers");
	size_t sides = table__rows(report__find(report, "sides"));
	struct compare_row rows[TOTALS_MOST];
	size_t i, j, row, n, found, equal = 0;

	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		for (j = n = found = 0; j < 3 && parts[i].sections[j]; j++) {
			for (row = 0; row < table__rows(t); row++) {
				struct compare_row one;

				if (!is_of(t, row, parts[i].sections[j]))
					continue;
				/* Values come number by number, one of each side. */
				if (!fill_row(&one, report, row, row * sides)) {
					equal++;
					continue;
				}
				found++;
				if (n < parts[i].most)
					rows[n++] = one;
			}
		}
		put_section(o, report, parts[i].heading, rows, n, found);
	}
	return equal;
}

void text_compare__findings(struct text_out *o, const struct report *report)
{
	const struct report_table *t = report__find(report, "findings");
	const struct report_table *values = report__find(report, "findings.values");
	size_t row, value, told = 0;

	for (value = 0; value < table__rows(values); value++) {
		const char *change = table__text(values, value, "change"), *subject;
		bool gone = change && !strcmp(change, "gone");

		if (!gone && (!change || strcmp(change, "new") != 0))
			continue;
		if (!told++) {
			text_out__end(o);
			text_out__heading(o, "FINDINGS");
			text_out__end(o);
		}
		row = table__parent_row(values, value);
		subject = table__text(t, row, "subject");
		text_out__printf(o, "  %s in %c  ", gone ? "gone" : "new ",
				 (char)('A' + table__int(values, value, "side")));
		text_out__name(o, table__text(t, row, "code"), 24);
		text_out__printf(o, "  ");
		if (subject)
			text_out__name(o, subject, TEXT_COLUMNS - o->width);
		text_out__end(o);
	}
}

static void put_footer(struct text_out *o, const struct report *report, size_t equal)
{
	size_t runs = text_compare__runs(report);
	size_t sides = table__rows(report__find(report, "sides"));
	char count[UNITS_LEN];

	text_out__end(o);
	if (runs > 1)
		text_out__printf(o,
				 "%zu runs each: the middle value, least..most. Noise: these "
				 "ranges overlap.",
				 runs);
	else
		text_out__printf(o,
				 "One run each: how much differs by chance is not known. Hidden: "
				 "under 2 %%.");
	text_out__end(o);
	text_out__printf(o, "%s numbers do not differ: --json -.", units__count(count, equal));
	if (sides > 2)
		text_out__printf(o, " ~ no difference from A.");
	text_out__end(o);
	if (sides > COMPARE_SIDES_SHOWN) {
		text_out__printf(o, "Numbers of %zu more: --json -.", sides - COMPARE_SIDES_SHOWN);
		text_out__end(o);
	}
}

static int text_compare__finish(void *state, const struct report *report)
{
	struct text_out *o = state;
	size_t equal;

	text_compare__answer(o, report);
	put_sides(o, report);
	text_compare__parts(o, report);
	equal = text_compare__numbers(o, report);
	text_compare__findings(o, report);
	put_footer(o, report, equal);
	return text_out__failure(o);
}

const struct exporter exporter_compare = {
	.name = "compare",
	.help = "a comparison for the terminal",
	.begin = text_out__open,
	.finish = text_compare__finish,
	.end = text_out__close,
};
