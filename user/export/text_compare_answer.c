// SPDX-License-Identifier: GPL-2.0-only
/* The answer of a comparison: who is faster, by how much, and why. */
#include <inttypes.h>
#include <string.h>

#include "export/text_compare.h"
#include "export/text_out.h"
#include "export/text_wrap.h"
#include "lib/strbuf.h"
#include "lib/units.h"
#include "report/report.h"
#include "report/words.h"

#define LEAST_SHARE  10 /* % of the difference: less does not explain it */
#define MOST_REASONS 2
#define PARTS_SHOWN  7

size_t text_compare__runs(const struct report *report)
{
	const struct report_table *runs = report__find(report, "sides.runs");
	size_t row, n = 0;

	for (row = 0; row < table__rows(runs); row++)
		n += table__parent_row(runs, row) == 0;
	return n;
}

static int64_t magnitude(int64_t value)
{
	return value < 0 ? -value : value;
}

static const char *word_for(int64_t base, int64_t now)
{
	/* Under a hundredth of what it was is as good as none. */
	if (magnitude(now) * 100 < magnitude(base))
		return "no more ";
	if (magnitude(base) * 100 < magnitude(now))
		return "new: ";
	return now < base ? "less " : "more ";
}

static void put_reason(struct text_out *o, const struct report_table *t, size_t row,
		       const char *how)
{
	int64_t delta = table__int(t, row, "delta_ns");
	char size[COMPARE_TEXT];
	struct text_wrap w;

	text_out__printf(o, "  %s%s of it: %s", how,
			 text_compare__value(size, COMPARE_NS, magnitude(delta), false),
			 word_for(table__int(t, row, "base_ns"), table__int(t, row, "ns")));
	text_wrap__begin(&w, o, 4);
	text_wrap__add(&w, "", table__text(t, row, "heading"));
	text_wrap__end(&w);
}

/* That other programs ran while this one waited is no reason why it waited. */
static bool is_reason(const struct report_table *t, size_t row)
{
	const char *state = table__text(t, row, "state");

	return strcmp(state, "rest") != 0 && strcmp(state, "other") != 0;
}

/* The parts that pull the same way and matter; they come sorted. Returns how many there are. */
static size_t put_reasons(struct text_out *o, const struct report_table *t, size_t parent,
			  int64_t delta, size_t most, const char *how)
{
	size_t row, told = 0;

	for (row = 0; row < table__rows(t) && told < most; row++) {
		int64_t part = table__int(t, row, "delta_ns");

		if (table__parent_row(t, row) != parent || table__bool(t, row, "noise") ||
		    !is_reason(t, row))
			continue;
		if ((part < 0) != (delta < 0) ||
		    magnitude(part) < magnitude(delta) / 100 * LEAST_SHARE)
			continue;
		put_reason(o, t, row, how);
		told++;
	}
	return told;
}

static size_t find_number(const struct report_table *t, const char *section, const char *measure)
{
	size_t row;

	for (row = 0; row < table__rows(t); row++)
		if (!strcmp(table__text(t, row, "section"), section) &&
		    !strcmp(table__text(t, row, "measure"), measure))
			return row;
	return SIZE_MAX;
}

static int64_t median_of(const struct report *report, size_t number, size_t side)
{
	const struct report_table *values = report__find(report, "numbers.values");

	return table__int(values, table__first_row(values, number) + side, "median");
}

static void put_work(struct text_out *o, const struct report *report, size_t side)
{
	const struct report_table *numbers = report__find(report, "numbers");
	size_t cpu = find_number(numbers, "total", "cpu_ns");
	size_t used = find_number(numbers, "total", "cpus_used_milli");
	char was[COMPARE_TEXT], is[COMPARE_TEXT];

	if (cpu == SIZE_MAX || used == SIZE_MAX)
		return;
	text_out__printf(o, "  CPU time %s -> %s",
			 text_compare__value(was, COMPARE_NS, median_of(report, cpu, 0), false),
			 text_compare__value(is, COMPARE_NS, median_of(report, cpu, side), false));
	text_out__printf(
		o, ", CPUs used on average %s -> %s",
		text_compare__value(was, COMPARE_MILLI, median_of(report, used, 0), false),
		text_compare__value(is, COMPARE_MILLI, median_of(report, used, side), false));
	text_out__end(o);
}

/* Waits that say what for. Who waits for a thread to end waits for what that one does. */
static bool is_wait(const struct report_table *t, size_t row)
{
	static const char *const causes[] = {"sleep", "disk", "pagefault"};
	const char *section = table__text(t, row, "section"), *name = table__text(t, row, "name");
	const char *measure = table__text(t, row, "measure");
	size_t i;

	if (!strcmp(section, "sync"))
		return !strcmp(measure, "wait_ns") && !strstr(name, " to end");
	if (!strcmp(section, "io"))
		return !strcmp(measure, "wait_ns");
	for (i = 0; i < sizeof(causes) / sizeof(*causes); i++)
		if (!strcmp(section, "blocked") && !strcmp(measure, "blocked_ns") &&
		    !strcmp(name, causes[i]))
			return true;
	return false;
}

/* The number of a wait that changed most, the same way as the wall time; SIZE_MAX = none did. */
static size_t find_wait(const struct report *report, size_t side, int64_t delta)
{
	const struct report_table *numbers = report__find(report, "numbers");
	const struct report_table *values = report__find(report, "numbers.values");
	size_t row, sides = table__rows(report__find(report, "sides")), found = SIZE_MAX;
	int64_t most = magnitude(delta) / 100 * LEAST_SHARE;

	for (row = 0; row < table__rows(numbers); row++) {
		size_t value = row * sides + side;
		int64_t change = table__int(values, value, "delta");

		if (!is_wait(numbers, row) || table__bool(values, value, "noise") ||
		    table__bool(values, value, "small") || (change < 0) != (delta < 0) ||
		    magnitude(change) <= most)
			continue;
		most = magnitude(change);
		found = row;
	}
	return found;
}

/* What all threads together waited for, if that changed by much. */
static void put_waiting(struct text_out *o, const struct report *report, size_t side, int64_t delta)
{
	const struct report_table *numbers = report__find(report, "numbers");
	size_t row = find_wait(report, side, delta);
	char was[COMPARE_TEXT], is[COMPARE_TEXT];
	struct text_wrap w;

	if (row == SIZE_MAX)
		return;
	text_out__printf(o, "  all threads together: ");
	text_wrap__begin(&w, o, 4);
	text_wrap__add(&w, "", table__text(numbers, row, "heading"));
	snprintf(was, sizeof(was), "%s ->",
		 text_compare__value(is, COMPARE_NS, median_of(report, row, 0), false));
	text_wrap__add(&w, " ", was);
	text_wrap__add(&w, " ",
		       text_compare__value(is, COMPARE_NS, median_of(report, row, side), false));
	text_wrap__end(&w);
}

static void put_range(struct text_out *o, const struct report *report, size_t side)
{
	const struct report_table *values = report__find(report, "numbers.values");
	const struct report_table *numbers = report__find(report, "numbers");
	size_t row = table__first_row(values, find_number(numbers, "total", "wall_ns")) + side;
	char text[COMPARE_TEXT];

	text_out__printf(
		o, "%c %s", (char)('A' + side),
		text_compare__value(text, COMPARE_NS, table__int(values, row, "median"), false));
	text_out__printf(o, " (%s)",
			 text_compare__range(text, COMPARE_NS, table__int(values, row, "median"),
					     table__int(values, row, "min"),
					     table__int(values, row, "max")));
}

/* Returns whether there is a difference to explain. */
static bool put_verdict(struct text_out *o, const struct report *report, size_t row)
{
	const struct report_table *t = report__find(report, "differences");
	int64_t side = table__int(t, row, "side"), base = table__int(t, row, "base_ns");
	int64_t now = table__int(t, row, "ns"), delta = now - base;
	char size[COMPARE_TEXT], was[COMPARE_TEXT], is[COMPARE_TEXT];
	char letter = (char)('A' + side);

	text_compare__value(was, COMPARE_NS, base, false);
	text_compare__value(is, COMPARE_NS, now, false);
	text_out__style(o, TEXT_HEADING);
	if (table__bool(t, row, "noise")) {
		text_out__printf(o, "No difference beyond noise: ");
		put_range(o, report, 0);
		text_out__printf(o, ", ");
		put_range(o, report, (size_t)side);
		text_out__end(o);
		return false;
	}
	if (table__bool(t, row, "small")) {
		text_out__printf(o, "No difference: %c takes %s, A %s", letter, is, was);
		text_out__end(o);
		return false;
	}
	text_out__printf(o, "%c takes %s %s than A: %s -> %s", letter,
			 text_compare__value(size, COMPARE_NS, magnitude(delta), false),
			 delta < 0 ? "less" : "more", was, is);
	if (base && now)
		text_out__printf(
			o, ", %.*fx as %s",
			(delta < 0 ? (double)base / (double)now : (double)now / (double)base) < 9.95
				? 2
				: 0,
			delta < 0 ? (double)base / (double)now : (double)now / (double)base,
			delta < 0 ? "fast" : "long");
	text_out__end(o);
	return true;
}

void text_compare__answer(struct text_out *o, const struct report *report)
{
	const struct report_table *t = report__find(report, "differences");
	const struct report_table *cpus = report__find(report, "differences.cpus");
	const struct report_table *path = report__find(report, "differences.critical_path");
	size_t row;

	for (row = 0; row < table__rows(t); row++) {
		int64_t delta = table__int(t, row, "delta_ns");
		size_t side = (size_t)table__int(t, row, "side");

		if (!put_verdict(o, report, row))
			continue;
		/* Two ways to take it apart: what comes from one does not add up with the other. */
		if (put_reasons(o, path, row, delta, MOST_REASONS, ""))
			put_reasons(o, cpus, row, delta, 1, "by CPUs, ");
		else
			put_reasons(o, cpus, row, delta, MOST_REASONS, "");
		put_waiting(o, report, side, delta);
		put_work(o, report, side);
	}
}

static void add_part(struct compare_row *row, const struct report_table *t, size_t i)
{
	row->cells[0].median += table__int(t, i, "base_ns");
	row->cells[1].median += table__int(t, i, "ns");
}

/* Noise, what hardly differs, and all beyond the first few is one row: the sum stays the same. */
static void put_parts(struct text_out *o, const struct report *report, const char *table,
		      const char *heading)
{
	const struct report_table *t = report__find(report, table);
	const struct report_table *differences = report__find(report, "differences");
	struct compare_row rows[PARTS_SHOWN + 2] = {0};
	struct compare_row other = {.heading = "other"}, all = {.heading = "= wall time"};
	size_t i, n = 0;

	all.cells[0].median = table__int(differences, 0, "base_ns");
	all.cells[1].median = table__int(differences, 0, "ns");
	for (i = 0; i < table__rows(t); i++) {
		int64_t delta = magnitude(table__int(t, i, "delta_ns"));

		if (n == PARTS_SHOWN || table__bool(t, i, "noise") ||
		    delta * 200 < all.cells[0].median ||
		    !strcmp(table__text(t, i, "state"), "rest")) {
			add_part(&other, t, i);
			continue;
		}
		rows[n].heading = table__text(t, i, "heading");
		add_part(&rows[n++], t, i);
	}
	if (!n)
		return;
	if (other.cells[0].median || other.cells[1].median)
		rows[n++] = other;
	rows[n++] = all;
	compare_table__print(o, heading, rows, n, 2);
}

void text_compare__parts(struct text_out *o, const struct report *report)
{
	const struct report_table *t = report__find(report, "differences");
	const struct report_table *sides = report__find(report, "sides");
	char heading[64];
	int64_t cpus;

	if (table__rows(t) != 1 || table__bool(t, 0, "noise") || table__bool(t, 0, "small"))
		return;
	put_parts(o, report, "differences.critical_path", "CRITICAL PATH");
	cpus = table__int(sides, 0, "cpus");
	if (cpus == table__int(sides, 1, "cpus"))
		snprintf(heading, sizeof(heading), "CPUS, mean of %" PRId64, cpus);
	else
		snprintf(heading, sizeof(heading), "CPUS, mean of all");
	put_parts(o, report, "differences.cpus", heading);
}
