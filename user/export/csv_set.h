/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A set of tables, one compressed CSV file each, and the SQL that defines them: made from the same
 * columns. Each table begins with the columns run and host, which are the same in all rows.
 */
#ifndef EXPORT_CSV_SET_H
#define EXPORT_CSV_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/report.h"

#define CSV_SCHEMA "schema.sql"
#define CSV_SUFFIX ".csv.gz"
#define CSV_HEAD   "-- conctrace.csv/1 "

struct csv_column {
	const char *name; /* a dot in it becomes an underscore; "" = "value" */
	enum report_type type;
	bool always; /* never absent */
};

struct csv_set;
struct csv_table;
struct trace_info;

/* Files are made in that directory, which stays the caller's. Returns NULL when out of memory. */
struct csv_set *csv_set__new(int directory, const struct trace_info *info);
/* Begins a table; dots in its name become underscores. Returns NULL on failure, which is kept. */
struct csv_table *csv_set__add(struct csv_set *s, const char *name,
			       const struct csv_column *columns, size_t n);
/* Writes the rest of a table and closes it; its failure is kept. NULL is fine. */
void csv_set__close(struct csv_set *s, struct csv_table *t);
/* After all tables: writes the schema. Returns 0, or the first failure as a negative errno. */
int csv_set__finish(struct csv_set *s);
/* The first failure, 0 if there was none. */
int csv_set__error(const struct csv_set *s);
void csv_set__free(struct csv_set *s); /* with what is still open */

/*
 * A row: begin, then one call per column in their order, then end. Text is untrusted; NULL is an
 * absent cell.
 */
void csv__begin(struct csv_table *t);
void csv__int(struct csv_table *t, int64_t value);
void csv__real(struct csv_table *t, double value);
void csv__bool(struct csv_table *t, bool value);
void csv__text(struct csv_table *t, const char *text);
void csv__hex(struct csv_table *t, uint64_t value); /* text "0x..", absent if 0 */
void csv__none(struct csv_table *t);
void csv__int_if(struct csv_table *t, bool has, int64_t value); /* else absent */
/* Returns 0, or the table's first failure as a negative errno. */
int csv__end(struct csv_table *t);

#endif
