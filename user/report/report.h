/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known in the end: typed tables. Analyses fill them, exporters print them, neither
 * knows the other.
 *
 * A table has columns (key, heading, unit) and rows of cells. A key with dots ("switches.vol")
 * is a nested object in JSON and a flat column in CSV. A table may belong to a row of a parent
 * table: then JSON nests its rows as an array (keyed by the table's own name) inside that row;
 * dots in a table's name nest likewise ("parallelism.running_ns").
 * The table "" is the root: one row, the report's own fields. It is always there, and adding it
 * again (parent "", name "") gives it more columns: so each analysis brings its own.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum report_type { R_INT, R_REAL, R_TEXT, R_BOOL };
enum report_unit { U_NONE, U_NS, U_COUNT, U_BYTES, U_SHARE /* 0..1 */, U_PER_SECOND };

enum report_column_flag {
	R_SKIP_ZERO = 1, /* a zero cell is left out of JSON, and shown as blank */
};

struct report_column {
	const char *key;     /* JSON path; "" in a one-column child table = a plain array */
	const char *heading; /* for people */
	enum report_type type;
	enum report_unit unit;
	unsigned int flags;
};

struct report;
struct report_table;

struct report *report__new(void); /* NULL when out of memory */
void report__free(struct report *r);
/* True once any addition failed for lack of memory: the report is then not to be shown. */
bool report__failed(const struct report *r);

/*
 * Adds a table. `columns` must outlive the report (static). `parent` is "" for a table at the
 * top, else the full name of its parent; the full name is "parent.name". Names are unique.
 * Returns NULL when out of memory, the parent is missing or the name is taken. All table
 * functions accept NULL as an empty table, so that a caller may check report__failed() once.
 */
struct report_table *report__add(struct report *r, const char *parent, const char *name,
				 const struct report_column *columns, size_t ncolumns);
struct report_table *report__find(const struct report *r, const char *full_name);
/* The i-th table in order of addition, NULL past the end. */
struct report_table *report__table(const struct report *r, size_t i);

const char *table__name(const struct report_table *t);	 /* last part of the full name */
const char *table__parent(const struct report_table *t); /* full name, "" at the top */
size_t table__columns(const struct report_table *t, const struct report_column **columns);
/* Column index by key, -1 if there is none. */
int table__column(const struct report_table *t, const char *key);
size_t table__rows(const struct report_table *t);
size_t table__parent_row(const struct report_table *t, size_t row);

/* Appends a row of absent cells; returns its index (SIZE_MAX when out of memory). Not for root. */
size_t table__add_row(struct report_table *t, size_t parent_row);
/* Setters ignore row SIZE_MAX. A key that is no column, or of another type, is a bug: assert. */
void table__set_int(struct report_table *t, size_t row, const char *key, int64_t value);
void table__set_real(struct report_table *t, size_t row, const char *key, double value);
void table__set_bool(struct report_table *t, size_t row, const char *key, bool value);
/* Text is untrusted bytes; copied. */
void table__set_text(struct report_table *t, size_t row, const char *key, const char *text);

/*
 * Puts the rows in order, equal ones as they were: `compare` as in qsort, with two rows' numbers as
 * they are before any is moved. For a table without child tables. Returns 0 or -ENOMEM.
 */
int table__sort(struct report_table *t,
		int (*compare)(const struct report_table *t, size_t a, size_t b));
/* Only the first `rows` stay. For a table without child tables, not the root. */
void table__cut(struct report_table *t, size_t rows);

/* A cell that was never set is absent: false, 0 or NULL come back, and table__has says no. */
bool table__has(const struct report_table *t, size_t row, const char *key);
int64_t table__int(const struct report_table *t, size_t row, const char *key);
double table__real(const struct report_table *t, size_t row, const char *key);
bool table__bool(const struct report_table *t, size_t row, const char *key);
const char *table__text(const struct report_table *t, size_t row, const char *key);

#endif
