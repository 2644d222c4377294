/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the terminal's form of a comparison, each from the comparison's tables. */
#ifndef EXPORT_TEXT_COMPARE_H
#define EXPORT_TEXT_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMPARE_SIDES_SHOWN 5 /* as columns; with more, the rest is in the JSON */

struct report;
struct report_table;
struct text_out;

/* What a number is measured in, as the column `unit` says. */
enum compare_unit { COMPARE_NS, COMPARE_COUNT, COMPARE_MILLI };

struct compare_cell {
	int64_t median, min, max;
	bool several; /* runs: then min and max are told */
	bool same;    /* as the base, as far as can be told */
};

struct compare_row {
	const char *heading; /* untrusted */
	enum compare_unit unit;
	struct compare_cell cells[COMPARE_SIDES_SHOWN];
};

/*
 * A line of column headings, then the rows: values of all sides; of two, their difference, too.
 * A heading that is too long for its column has a line for itself.
 */
void compare_table__print(struct text_out *o, const char *heading, const struct compare_row *rows,
			  size_t nrows, size_t nsides);

/* Who is faster and why, a few lines. */
void text_compare__answer(struct text_out *o, const struct report *report);
/* Where the difference between two comes from, in full. */
void text_compare__parts(struct text_out *o, const struct report *report);
/* What else differs. Returns how many numbers do not. */
size_t text_compare__numbers(struct text_out *o, const struct report *report);
/* Findings that only one side has. */
void text_compare__findings(struct text_out *o, const struct report *report);

/* How many times the first side was run. */
size_t text_compare__runs(const struct report *report);

/* A value in its unit, with its sign if `sign`; buf has COMPARE_TEXT bytes. Returns buf. */
#define COMPARE_TEXT 64
char *text_compare__value(char *buf, enum compare_unit unit, int64_t value, bool sign);
/* "1.95..2.02", beside the median; with a unit where that has another one. */
char *text_compare__range(char *buf, enum compare_unit unit, int64_t median, int64_t min,
			  int64_t max);

#endif
