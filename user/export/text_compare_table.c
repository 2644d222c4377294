// SPDX-License-Identifier: GPL-2.0-only
/* Numbers of several sides in columns. */
#include <inttypes.h>
#include <string.h>

#include "export/text_compare.h"
#include "export/text_out.h"
#include "lib/units.h"

#define GAP	 2
#define NAME_MIN 24
#define CELL	 (2ul * COMPARE_TEXT)

static uint64_t magnitude(int64_t value)
{
	return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

char *text_compare__value(char *buf, enum compare_unit unit, int64_t value, bool sign)
{
	const char *mark = value < 0 ? "-" : sign && value > 0 ? "+" : "";
	uint64_t size = magnitude(value);
	char text[UNITS_LEN];

	if (unit == COMPARE_NS)
		units__ns(text, size);
	else if (unit == COMPARE_COUNT)
		units__count(text, size);
	else
		snprintf(text, sizeof(text), "%" PRIu64 ".%02" PRIu64, (size + 5) / 1000,
			 (size + 5) % 1000 / 10);
	snprintf(buf, COMPARE_TEXT, "%s%s", mark, text);
	return buf;
}

static void without_unit(char *text)
{
	char *blank = strrchr(text, ' ');

	if (blank)
		*blank = '\0';
}

char *text_compare__range(char *buf, enum compare_unit unit, int64_t median, int64_t min,
			  int64_t max)
{
	struct units_scale scale = units__scale(magnitude(max));
	char least[COMPARE_TEXT], most[COMPARE_TEXT];

	if (unit == COMPARE_NS && min >= 0) {
		units__scaled(least, &scale, magnitude(min));
		units__scaled(most, &scale, magnitude(max));
		without_unit(least);
		if (median && !strcmp(units__scale(magnitude(median)).unit, scale.unit))
			without_unit(most);
	} else {
		text_compare__value(least, unit, min, false);
		text_compare__value(most, unit, max, false);
	}
	snprintf(buf, COMPARE_TEXT, "%.28s..%.28s", min ? least : "0", max ? most : "0");
	return buf;
}

/* Two texts per side: the value, and its range. */
struct grid {
	const struct compare_row *rows;
	size_t nrows, nsides;
	bool delta; /* a column for the difference */
	size_t value[COMPARE_SIDES_SHOWN], range[COMPARE_SIDES_SHOWN], last, names;
};

static char *value_text(char *buf, const struct grid *g, const struct compare_row *row, size_t side)
{
	const struct compare_cell *cell = &row->cells[side];
	char text[COMPARE_TEXT];

	if (cell->median || row->unit == COMPARE_MILLI)
		text_compare__value(text, row->unit, cell->median, false);
	else
		snprintf(text, sizeof(text), "-");
	snprintf(buf, CELL, "%s%s", text, !g->delta && side && cell->same ? " ~" : "");
	return buf;
}

static char *range_text(char *buf, const struct compare_row *row, size_t side)
{
	const struct compare_cell *cell = &row->cells[side];
	const char *dots;
	size_t len;

	*buf = '\0';
	if (!cell->several)
		return buf;
	text_compare__range(buf, row->unit, cell->median, cell->min, cell->max);
	/* Ends that look alike tell nothing. */
	dots = strstr(buf, "..");
	len = (size_t)(dots - buf);
	if (len == strlen(dots + 2) && !memcmp(buf, dots + 2, len))
		*buf = '\0';
	return buf;
}

static char *delta_text(char *buf, const struct compare_row *row)
{
	int64_t delta = row->cells[1].median - row->cells[0].median;

	if (!delta)
		snprintf(buf, COMPARE_TEXT, "-");
	return delta ? text_compare__value(buf, row->unit, delta, true) : buf;
}

static void widen(size_t *width, const char *text)
{
	if (strlen(text) > *width)
		*width = strlen(text);
}

/* Columns that the numbers take; what is left is for the names. */
static void measure(struct grid *g)
{
	size_t row, side, all = 0;
	char text[CELL];

	for (side = 0; side < g->nsides; side++)
		g->value[side] = 1;
	g->last = g->delta ? strlen("difference") : 0;
	for (row = 0; row < g->nrows; row++) {
		for (side = 0; side < g->nsides; side++) {
			widen(&g->value[side], value_text(text, g, &g->rows[row], side));
			widen(&g->range[side], range_text(text, &g->rows[row], side));
		}
		if (g->delta)
			widen(&g->last, delta_text(text, &g->rows[row]));
	}
	for (side = 0; side < g->nsides; side++) {
		all += g->value[side] + GAP;
		/* Of many sides the ranges stand below the values. */
		if (g->delta)
			all += g->range[side] ? g->range[side] + 1 : 0;
		else if (g->range[side] > g->value[side])
			all += g->range[side] - g->value[side];
	}
	all += g->last ? g->last + GAP : 0;
	g->names = all + NAME_MIN < TEXT_COLUMNS ? TEXT_COLUMNS - all : NAME_MIN;
}

static size_t put_right(struct text_out *o, const char *text, size_t end)
{
	size_t len = strlen(text);

	text_out__pad(o, end > len ? end - len : 0);
	text_out__printf(o, "%s", text);
	return end;
}

static size_t side_width(const struct grid *g, size_t side)
{
	return g->delta || g->value[side] > g->range[side] ? g->value[side] : g->range[side];
}

static void put_numbers(struct text_out *o, const struct grid *g, const struct compare_row *row)
{
	size_t side, end = g->names;
	char text[CELL];

	for (side = 0; side < g->nsides; side++) {
		end += GAP + side_width(g, side);
		put_right(o, value_text(text, g, row, side), end);
		if (!g->delta || !g->range[side])
			continue;
		end += 1 + g->range[side];
		range_text(text, row, side);
		if (*text)
			text_out__printf(o, " %s", text);
	}
	if (g->delta)
		put_right(o, delta_text(text, row), end + GAP + g->last);
	text_out__end(o);
}

static void put_ranges(struct text_out *o, const struct grid *g, const struct compare_row *row)
{
	size_t side, end = g->names;
	char text[CELL];
	bool any = false;

	for (side = 0; side < g->nsides; side++)
		any |= *range_text(text, row, side) != '\0';
	if (g->delta || !any)
		return;
	for (side = 0; side < g->nsides; side++) {
		end += GAP + side_width(g, side);
		put_right(o, range_text(text, row, side), end);
	}
	text_out__end(o);
}

static void put_columns(struct text_out *o, const struct grid *g)
{
	size_t side, end = g->names;

	for (side = 0; side < g->nsides; side++) {
		char letter[2] = {(char)('A' + side), '\0'};

		end += GAP + side_width(g, side);
		put_right(o, letter, end);
		if (g->delta)
			end += g->range[side] ? 1 + g->range[side] : 0;
	}
	if (g->delta)
		put_right(o, "difference", end + GAP + g->last);
	text_out__end(o);
}

void compare_table__print(struct text_out *o, const char *heading, const struct compare_row *rows,
			  size_t nrows, size_t nsides)
{
	struct grid g = {.rows = rows, .nrows = nrows, .nsides = nsides, .delta = nsides == 2};
	size_t row;

	measure(&g);
	text_out__end(o);
	text_out__heading(o, heading);
	put_columns(o, &g);
	for (row = 0; row < nrows; row++) {
		text_out__pad(o, 2);
		text_out__name(o, rows[row].heading, TEXT_COLUMNS - 2);
		if (o->width > g.names)
			text_out__end(o);
		put_numbers(o, &g, &rows[row]);
		put_ranges(o, &g, &rows[row]);
	}
}
