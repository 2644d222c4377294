/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shape of a report as nested objects and arrays: what the dots in the names of columns and
 * tables, and the parents of tables, come to. And the rows of a child table by parent row.
 */
#ifndef EXPORT_JSON_TREE_H
#define EXPORT_JSON_TREE_H

#include <stddef.h>

struct json_rows;
struct json_tree;
struct report;
struct report_column;
struct report_table;

/* An object's member: a cell (column), an array (rows, members are its elements'), an object. */
struct json_node {
	char *name;
	const struct report_table *table;   /* of the column; of the array's rows */
	const struct report_column *column; /* NULL unless a cell */
	struct json_rows *rows;		    /* NULL unless an array */
	struct json_node *first, *last, *next;
};

/* The report must outlive it. Returns NULL when out of memory. */
struct json_tree *json_tree__new(const struct report *report);
void json_tree__free(struct json_tree *tree);
/*
 * Takes out all members of the root but these, named as in a report: "wall_ns", or "io.disks" where
 * of an object one member is to stay. NULL is behind the last one.
 */
void json_tree__keep(struct json_tree *tree, const char *const *parts);
const struct json_node *json_tree__root(const struct json_tree *tree);

/* The rows that belong to a row of the parent table, in order; returns their number. */
size_t json_rows__of(const struct json_rows *rows, size_t parent_row, const size_t **first);

#endif
