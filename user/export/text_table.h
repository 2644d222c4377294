/* SPDX-License-Identifier: GPL-2.0-only */
/* A small table of few rows: a column of names, then columns of numbers as wide as they need. */
#ifndef EXPORT_TEXT_TABLE_H
#define EXPORT_TEXT_TABLE_H

#include <stddef.h>

#include "export/text_out.h"

#define TEXT_TABLE_ROWS	   6
#define TEXT_TABLE_COLUMNS 8
#define TEXT_CELL	   48

struct text_table {
	const char *heading;
	char names[TEXT_TABLE_ROWS][TEXT_CELL];	   /* untrusted; cut where room is short */
	char suffixes[TEXT_TABLE_ROWS][TEXT_CELL]; /* of the names; never cut */
	const char *columns[TEXT_TABLE_COLUMNS];
	char cells[TEXT_TABLE_ROWS][TEXT_TABLE_COLUMNS][TEXT_CELL]; /* ASCII of our own */
	size_t nrows, ncolumns;
	/* Prints lines below a row; may be NULL. */
	void (*below)(struct text_out *o, size_t row, const void *ctx);
	const void *ctx;
};

/* Columns that the whole table would take with its names in full. */
size_t text_table__width(const struct text_table *t);
/* Columns in which no row has anything ("" or "-") are left out; names take what room is left. */
void text_table__print(struct text_table *t, struct text_out *o);

#endif
