// SPDX-License-Identifier: GPL-2.0-only
#include "export/text_table.h"

#include <string.h>

#define GAP	 2
#define NAME_MIN 10

/* Columns that the widest cell or heading takes; 0 if the column is empty. */
static size_t column_width(const struct text_table *t, size_t column)
{
	size_t row, len, width = strlen(t->columns[column]);
	bool empty = true;

	for (row = 0; row < t->nrows; row++) {
		const char *cell = t->cells[row][column];

		len = strlen(cell);
		width = len > width ? len : width;
		empty &= !len || !strcmp(cell, "-");
	}
	return empty ? 0 : width;
}

static void put_right(struct text_out *o, const char *text, size_t end)
{
	text_out__pad(o, end - strlen(text));
	text_out__printf(o, "%s", text);
}

static size_t name_width(const struct text_table *t)
{
	struct text_out probe = {0};
	size_t row, width = strlen(t->heading);

	for (row = 0; row < t->nrows; row++) {
		text_out__name(&probe, t->names[row], TEXT_CELL);
		text_out__printf(&probe, "  %s", t->suffixes[row]);
		width = probe.width > width ? probe.width : width;
		probe.width = 0;
	}
	text_out__clear(&probe);
	return width;
}

/* Fills the columns' widths; returns what they take together, gaps included. */
static size_t measure(const struct text_table *t, size_t width[TEXT_TABLE_COLUMNS])
{
	size_t column, all = 0;

	for (column = 0; column < t->ncolumns; column++) {
		width[column] = column_width(t, column);
		all += width[column] ? width[column] + GAP : 0;
	}
	return all;
}

size_t text_table__width(const struct text_table *t)
{
	size_t width[TEXT_TABLE_COLUMNS];

	return name_width(t) + measure(t, width);
}

void text_table__print(struct text_table *t, struct text_out *o)
{
	size_t width[TEXT_TABLE_COLUMNS] = {0}, column, row, end, names = name_width(t);
	size_t suffix, all = measure(t, width);

	if (names + all > TEXT_COLUMNS)
		names = all + NAME_MIN < TEXT_COLUMNS ? TEXT_COLUMNS - all : NAME_MIN;
	text_out__heading(o, t->heading);
	for (column = 0, end = names; column < t->ncolumns; column++) {
		end += width[column] ? width[column] + GAP : 0;
		if (width[column])
			put_right(o, t->columns[column], end);
	}
	text_out__end(o);
	for (row = 0; row < t->nrows; row++) {
		text_out__printf(o, "  ");
		suffix = strlen(t->suffixes[row]);
		text_out__name(o, t->names[row], names > suffix + 2 ? names - 2 - suffix : 0);
		text_out__printf(o, "%s", t->suffixes[row]);
		for (column = 0, end = names; column < t->ncolumns; column++) {
			end += width[column] ? width[column] + GAP : 0;
			if (width[column])
				put_right(o, t->cells[row][column], end);
		}
		text_out__end(o);
		if (t->below)
			t->below(o, row, t->ctx);
	}
}
