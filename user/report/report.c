// SPDX-License-Identifier: GPL-2.0-only
#include "report/report.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

union cell {
	int64_t integer;
	double real;
	bool truth;
	char *text; /* owned */
};

/* Cells of one column, up to the last row that has one: a column nobody sets takes no memory. */
struct cells {
	union cell *values;
	bool *present;
	size_t size;
};

struct report_table {
	struct report *report;
	char *name, *parent, *full_name;
	struct report_column *columns;
	struct cells *cells; /* by column */
	size_t ncolumns;
	size_t *parent_rows; /* by row */
	size_t nrows, size;
};

struct report {
	struct report_table **tables; /* the first is the root */
	size_t ntables;
	bool failed;
};

static void table__free(struct report_table *t)
{
	size_t i, row;

	if (!t)
		return;
	for (i = 0; i < t->ncolumns; i++) {
		for (row = 0; t->columns[i].type == R_TEXT && row < t->cells[i].size; row++)
			if (t->cells[i].present[row])
				free(t->cells[i].values[row].text);
		free(t->cells[i].values);
		free(t->cells[i].present);
	}
	free(t->cells);
	free(t->columns);
	free(t->parent_rows);
	free(t->name);
	free(t->parent);
	free(t->full_name);
	free(t);
}

static int add_columns(struct report_table *t, const struct report_column *columns, size_t n)
{
	struct report_column *grown_columns;
	struct cells *grown_cells;
	size_t i, all = t->ncolumns + n;

	for (i = 0; i < n; i++)
		assert(table__column(t, columns[i].key) < 0);
	if (!n)
		return 0;
	grown_columns = realloc(t->columns, all * sizeof(*grown_columns));
	if (!grown_columns)
		return -1;
	t->columns = grown_columns;
	grown_cells = realloc(t->cells, all * sizeof(*grown_cells));
	if (!grown_cells)
		return -1;
	t->cells = grown_cells;
	memcpy(t->columns + t->ncolumns, columns, n * sizeof(*columns));
	memset(t->cells + t->ncolumns, 0, n * sizeof(*t->cells));
	t->ncolumns = all;
	return 0;
}

static char *join(const char *parent, const char *name)
{
	size_t size = strlen(parent) + strlen(name) + 2;
	char *full = malloc(size);

	if (!full)
		return NULL;
	snprintf(full, size, "%s%s%s", parent, *parent ? "." : "", name);
	return full;
}

static struct report_table *table__new(struct report *r, const char *parent, const char *name)
{
	struct report_table **tables, *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->report = r;
	t->name = strdup(name);
	t->parent = strdup(parent);
	t->full_name = join(parent, name);
	if (!t->name || !t->parent || !t->full_name)
		goto fail;
	tables = realloc(r->tables, (r->ntables + 1) * sizeof(*tables));
	if (!tables)
		goto fail;
	r->tables = tables;
	r->tables[r->ntables++] = t;
	return t;
fail:
	table__free(t);
	return NULL;
}

static size_t append_row(struct report_table *t, size_t parent_row)
{
	size_t size = t->size ? t->size * 2 : 16, *grown;

	if (t->nrows == t->size) {
		grown = realloc(t->parent_rows, size * sizeof(*grown));
		if (!grown) {
			t->report->failed = true;
			return SIZE_MAX;
		}
		t->parent_rows = grown;
		t->size = size;
	}
	t->parent_rows[t->nrows] = parent_row;
	return t->nrows++;
}

struct report *report__new(void)
{
	struct report *r = calloc(1, sizeof(*r));
	struct report_table *root;

	if (!r)
		return NULL;
	root = table__new(r, "", "");
	if (root && append_row(root, 0) == 0)
		return r;
	report__free(r);
	return NULL;
}

void report__free(struct report *r)
{
	size_t i;

	if (!r)
		return;
	for (i = 0; i < r->ntables; i++)
		table__free(r->tables[i]);
	free(r->tables);
	free(r);
}

bool report__failed(const struct report *r)
{
	return r->failed;
}

struct report_table *report__find(const struct report *r, const char *full_name)
{
	size_t i;

	for (i = 0; i < r->ntables; i++)
		if (!strcmp(r->tables[i]->full_name, full_name))
			return r->tables[i];
	return NULL;
}

struct report_table *report__table(const struct report *r, size_t i)
{
	return i < r->ntables ? r->tables[i] : NULL;
}

/* The root to extend, or a new table; NULL as report__add says. */
static struct report_table *find_or_new(struct report *r, const char *parent, const char *name)
{
	struct report_table *found;
	char *full;

	if (!*parent && !*name)
		return r->tables[0];
	if (!report__find(r, parent))
		return NULL;
	full = join(parent, name);
	if (!full)
		return NULL;
	found = report__find(r, full);
	free(full);
	return found ? NULL : table__new(r, parent, name);
}

struct report_table *report__add(struct report *r, const char *parent, const char *name,
				 const struct report_column *columns, size_t ncolumns)
{
	struct report_table *t = find_or_new(r, parent, name);

	if (t && !add_columns(t, columns, ncolumns))
		return t;
	r->failed = true;
	return NULL;
}

const char *table__name(const struct report_table *t)
{
	return t ? t->name : "";
}

const char *table__parent(const struct report_table *t)
{
	return t ? t->parent : "";
}

size_t table__columns(const struct report_table *t, const struct report_column **columns)
{
	*columns = t ? t->columns : NULL;
	return t ? t->ncolumns : 0;
}

int table__column(const struct report_table *t, const char *key)
{
	size_t i;

	if (!t)
		return -1;
	/* Most callers pass the very string of the column: tables are wide, so look for that first.
	 */
	for (i = 0; i < t->ncolumns; i++)
		if (t->columns[i].key == key)
			return (int)i;
	for (i = 0; i < t->ncolumns; i++)
		if (!strcmp(t->columns[i].key, key))
			return (int)i;
	return -1;
}

size_t table__rows(const struct report_table *t)
{
	return t ? t->nrows : 0;
}

size_t table__parent_row(const struct report_table *t, size_t row)
{
	return t && row < t->nrows ? t->parent_rows[row] : SIZE_MAX;
}

size_t table__add_row(struct report_table *t, size_t parent_row)
{
	if (!t)
		return SIZE_MAX;
	assert(t != t->report->tables[0]);
	return append_row(t, parent_row);
}

static int grow_cells(struct cells *c, size_t row)
{
	size_t size = c->size ? c->size : 1;
	union cell *values;
	bool *present;

	while (size <= row)
		size *= 2;
	values = realloc(c->values, size * sizeof(*values));
	if (!values)
		return -1;
	c->values = values;
	present = realloc(c->present, size * sizeof(*present));
	if (!present)
		return -1;
	c->present = present;
	memset(present + c->size, 0, (size - c->size) * sizeof(*present));
	c->size = size;
	return 0;
}

/* The cell to fill, NULL where there is none. */
static union cell *cell_to_set(struct report_table *t, size_t row, const char *key,
			       enum report_type type)
{
	struct cells *c;
	int column;

	if (!t || row == SIZE_MAX)
		return NULL;
	column = table__column(t, key);
	assert(column >= 0 && t->columns[column].type == type && row < t->nrows);
	c = &t->cells[column];
	if (row >= c->size && grow_cells(c, row)) {
		t->report->failed = true;
		return NULL;
	}
	if (type == R_TEXT && c->present[row])
		free(c->values[row].text);
	c->present[row] = true;
	return &c->values[row];
}

void table__set_int(struct report_table *t, size_t row, const char *key, int64_t value)
{
	union cell *cell = cell_to_set(t, row, key, R_INT);

	if (cell)
		cell->integer = value;
}

void table__set_real(struct report_table *t, size_t row, const char *key, double value)
{
	union cell *cell = cell_to_set(t, row, key, R_REAL);

	if (cell)
		cell->real = value;
}

void table__set_bool(struct report_table *t, size_t row, const char *key, bool value)
{
	union cell *cell = cell_to_set(t, row, key, R_BOOL);

	if (cell)
		cell->truth = value;
}

void table__set_text(struct report_table *t, size_t row, const char *key, const char *text)
{
	char *copy = strdup(text); /* first: text may be the cell's own old value */
	union cell *cell = cell_to_set(t, row, key, R_TEXT);

	if (!cell) {
		free(copy);
		return;
	}
	cell->text = copy;
	if (!copy)
		t->report->failed = true;
}

static const union cell *cell_to_read(const struct report_table *t, size_t row, const char *key,
				      int type)
{
	int column = table__column(t, key);

	if (column < 0 || row >= t->cells[column].size || !t->cells[column].present[row])
		return NULL;
	if (type >= 0 && t->columns[column].type != (enum report_type)type)
		return NULL;
	return &t->cells[column].values[row];
}

bool table__has(const struct report_table *t, size_t row, const char *key)
{
	return cell_to_read(t, row, key, -1) != NULL;
}

int64_t table__int(const struct report_table *t, size_t row, const char *key)
{
	const union cell *cell = cell_to_read(t, row, key, R_INT);

	return cell ? cell->integer : 0;
}

double table__real(const struct report_table *t, size_t row, const char *key)
{
	const union cell *cell = cell_to_read(t, row, key, R_REAL);

	return cell ? cell->real : 0.0;
}

bool table__bool(const struct report_table *t, size_t row, const char *key)
{
	const union cell *cell = cell_to_read(t, row, key, R_BOOL);

	return cell && cell->truth;
}

const char *table__text(const struct report_table *t, size_t row, const char *key)
{
	const union cell *cell = cell_to_read(t, row, key, R_TEXT);

	return cell ? cell->text : NULL;
}

struct order {
	const struct report_table *table;
	int (*compare)(const struct report_table *t, size_t a, size_t b);
};

static int compare_rows(const void *a, const void *b, void *ctx)
{
	const struct order *order = ctx;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int by = order->compare(order->table, x, y);

	return by ? by : x < y ? -1 : 1;
}

/* Row i becomes what row from[i] was. */
static int move_cells(struct cells *c, const size_t *from, size_t nrows)
{
	union cell *values = calloc(nrows, sizeof(*values));
	bool *present = calloc(nrows, sizeof(*present));
	size_t i;

	if (!values || !present) {
		free(values);
		free(present);
		return -ENOMEM;
	}
	for (i = 0; i < nrows; i++) {
		if (from[i] >= c->size)
			continue;
		values[i] = c->values[from[i]];
		present[i] = c->present[from[i]];
	}
	free(c->values);
	free(c->present);
	*c = (struct cells){.values = values, .present = present, .size = nrows};
	return 0;
}

int table__sort(struct report_table *t,
		int (*compare)(const struct report_table *t, size_t a, size_t b))
{
	struct order order = {t, compare};
	size_t i, *from, n = table__rows(t);
	int err = 0;

	if (n < 2)
		return 0;
	from = malloc(n * sizeof(*from));
	if (!from)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		from[i] = i;
	qsort_r(from, n, sizeof(*from), compare_rows, &order);
	for (i = 0; i < t->ncolumns && !err; i++)
		err = move_cells(&t->cells[i], from, n);
	free(from);
	return err;
}

void table__cut(struct report_table *t, size_t rows)
{
	size_t i, row;

	if (!t || rows >= t->nrows)
		return;
	for (i = 0; i < t->ncolumns; i++) {
		for (row = rows; row < t->cells[i].size; row++) {
			if (t->columns[i].type == R_TEXT && t->cells[i].present[row])
				free(t->cells[i].values[row].text);
			t->cells[i].present[row] = false;
		}
	}
	t->nrows = rows;
}
