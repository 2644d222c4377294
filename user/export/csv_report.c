// SPDX-License-Identifier: GPL-2.0-only
/*
 * A row of a table is known by its number, row_id. A row of a child table leads to its parent's
 * row: by the parent's own id, where it has one, else by row_id.
 */
#include "export/csv_report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "export/csv_set.h"
#include "report/report.h"

#define ROOT	   "runs"
#define START	   "start_unix_ns"
#define ROW	   "row_id"
#define NAME_BYTES 128

/* Of a parent row without an id: what tells people which it is. */
static const char *const told_of_parent[] = {"cpu", "tid", "pid"};

#define TOLD (sizeof(told_of_parent) / sizeof(told_of_parent[0]))

/* How a child table refers to its parent. */
struct link {
	const struct report_table *parent; /* NULL: it has none but the run */
	const char *key;		   /* the parent's own id; NULL: the row's number */
	char name[NAME_BYTES];
	const char *told[TOLD]; /* columns of the parent that are said again */
	size_t ntold;
};

static bool has_int(const struct report_table *t, const char *key)
{
	const struct report_column *columns;
	int i = table__column(t, key);

	table__columns(t, &columns);
	return i >= 0 && columns[i].type == R_INT;
}

static struct link find_link(const struct report *report, const struct report_table *t)
{
	struct link link = {0};
	size_t i;

	if (!*table__parent(t))
		return link;
	link.parent = report__find(report, table__parent(t));
	link.key = has_int(link.parent, "id") ? "id" : NULL;
	snprintf(link.name, sizeof(link.name), "%s_%s", table__parent(t),
		 link.key ? link.key : ROW);
	for (i = 0; i < TOLD && !link.key; i++)
		if (has_int(link.parent, told_of_parent[i]) &&
		    table__column(t, told_of_parent[i]) < 0)
			link.told[link.ntold++] = told_of_parent[i];
	return link;
}

static void put_int(struct csv_table *out, const struct report_table *t, size_t row,
		    const char *key)
{
	csv__int_if(out, table__has(t, row, key), table__int(t, row, key));
}

static void put_link(struct csv_table *out, const struct link *link, size_t parent_row)
{
	size_t i;

	if (!link->parent)
		return;
	if (link->key)
		put_int(out, link->parent, parent_row, link->key);
	else
		csv__int(out, (int64_t)parent_row);
	for (i = 0; i < link->ntold; i++)
		put_int(out, link->parent, parent_row, link->told[i]);
}

static void put_cell(struct csv_table *out, const struct report_table *t, size_t row,
		     const struct report_column *column)
{
	const char *key = column->key;

	if (!table__has(t, row, key)) {
		csv__none(out);
		return;
	}
	switch (column->type) {
	case R_INT:
		csv__int(out, table__int(t, row, key));
		break;
	case R_REAL:
		csv__real(out, table__real(t, row, key));
		break;
	case R_BOOL:
		csv__bool(out, table__bool(t, row, key));
		break;
	case R_TEXT:
		csv__text(out, table__text(t, row, key));
		break;
	}
}

/* All columns: what identifies the row, then the table's own. NULL when out of memory. */
static struct csv_column *all_columns(const struct report_table *t, const struct link *link,
				      bool root, size_t *count)
{
	const struct report_column *own;
	size_t i, nown = table__columns(t, &own), n = 0;
	struct csv_column *all = calloc(nown + 2 + TOLD, sizeof(*all));

	if (!all)
		return NULL;
	all[n++] = (struct csv_column){root ? START : ROW, R_INT, true};
	if (link->parent)
		all[n++] = (struct csv_column){link->name, R_INT, true};
	for (i = 0; i < link->ntold; i++)
		all[n++] = (struct csv_column){link->told[i], R_INT, false};
	for (i = 0; i < nown; i++)
		all[n++] = (struct csv_column){own[i].key, own[i].type, false};
	*count = n;
	return all;
}

static int write_table(struct csv_set *s, const struct report *report, const struct report_table *t,
		       bool root, uint64_t start_unix_ns)
{
	struct link link = find_link(report, t);
	const struct report_column *own;
	size_t row, i, count, nown = table__columns(t, &own);
	struct csv_column *columns = all_columns(t, &link, root, &count);
	char name[NAME_BYTES] = ROOT;
	struct csv_table *out;
	int rc = 0;

	if (!columns)
		return -ENOMEM;
	if (!root)
		snprintf(name, sizeof(name), "%s%s%s", table__parent(t),
			 *table__parent(t) ? "." : "", table__name(t));
	out = csv_set__add(s, name, columns, count);
	free(columns);
	for (row = 0; out && !rc && row < table__rows(t); row++) {
		if (link.parent && table__parent_row(t, row) >= table__rows(link.parent))
			continue;
		csv__begin(out);
		csv__int(out, (int64_t)(root ? start_unix_ns : row));
		put_link(out, &link, table__parent_row(t, row));
		for (i = 0; i < nown; i++)
			put_cell(out, t, row, &own[i]);
		rc = csv__end(out);
	}
	csv_set__close(s, out);
	return out ? rc : -EIO; /* the set knows why */
}

int csv_report__write(struct csv_set *s, const struct report *report, uint64_t start_unix_ns)
{
	const struct report_table *t;
	size_t i;
	int rc = 0;

	for (i = 0; !rc && (t = report__table(report, i)); i++)
		rc = write_table(s, report, t, i == 0, start_unix_ns);
	return rc;
}
