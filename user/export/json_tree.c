// SPDX-License-Identifier: GPL-2.0-only
#include "export/json_tree.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"

/* Rows sorted by parent row: those of parent p are row[start[p]] .. row[start[p + 1] - 1]. */
struct json_rows {
	size_t nparents;
	size_t *start, *row;
};

struct json_tree {
	struct json_node root;
};

static void rows__free(struct json_rows *rows)
{
	if (!rows)
		return;
	free(rows->start);
	free(rows->row);
	free(rows);
}

/* A counting sort: stable, linear. */
static struct json_rows *rows__new(const struct report_table *t, size_t nparents)
{
	struct json_rows *rows = calloc(1, sizeof(*rows));
	size_t i, p, n = table__rows(t);

	if (!rows)
		return NULL;
	rows->nparents = nparents;
	rows->start = calloc(nparents + 2, sizeof(*rows->start));
	rows->row = malloc((n ? n : 1) * sizeof(*rows->row));
	if (!rows->start || !rows->row) {
		rows__free(rows);
		return NULL;
	}
	/* Counts go two places up, so that filling in leaves every start where it belongs. */
	for (i = 0; i < n; i++) {
		p = table__parent_row(t, i);
		if (p < nparents)
			rows->start[p + 2]++;
	}
	for (p = 2; p < nparents + 2; p++)
		rows->start[p] += rows->start[p - 1];
	for (i = 0; i < n; i++) {
		p = table__parent_row(t, i);
		if (p < nparents)
			rows->row[rows->start[p + 1]++] = i;
	}
	return rows;
}

size_t json_rows__of(const struct json_rows *rows, size_t parent_row, const size_t **first)
{
	if (parent_row >= rows->nparents)
		return 0;
	*first = &rows->row[rows->start[parent_row]];
	return rows->start[parent_row + 1] - rows->start[parent_row];
}

static struct json_node *add_node(struct json_node *parent, const char *name, size_t len)
{
	struct json_node *node = calloc(1, sizeof(*node));

	if (!node)
		return NULL;
	node->name = strndup(name, len);
	if (!node->name) {
		free(node);
		return NULL;
	}
	if (parent->last)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
	return node;
}

static void free_members(struct json_node *node);

static void free_node(struct json_node *node)
{
	free_members(node);
	free(node->name);
	rows__free(node->rows);
	free(node);
}

static void free_members(struct json_node *node)
{
	struct json_node *child, *next;

	for (child = node->first; child; child = next) {
		next = child->next;
		free_node(child);
	}
}

/* The member that a dotted path leads to from an object; made, with the objects on the way. */
static struct json_node *walk(struct json_node *node, const char *path)
{
	for (;;) {
		size_t len = strcspn(path, ".");
		struct json_node *child = node->first;

		while (child && (strncmp(child->name, path, len) != 0 || child->name[len]))
			child = child->next;
		if (!child)
			child = add_node(node, path, len);
		if (!child || !path[len])
			return child;
		node = child;
		path += len + 1;
	}
}

static int add_columns(struct json_node *node, const struct report_table *t)
{
	const struct report_column *columns;
	size_t i, n = table__columns(t, &columns);

	for (i = 0; i < n; i++) {
		struct json_node *cell = walk(node, columns[i].key);

		if (!cell)
			return -1;
		cell->table = t;
		cell->column = &columns[i];
	}
	return 0;
}

static int add_table(struct json_tree *tree, const struct report *report,
		     const struct report_table *t)
{
	const char *parent = table__parent(t);
	struct json_node *node = *parent ? walk(&tree->root, parent) : &tree->root;

	if (!node)
		return -1;
	node = walk(node, table__name(t));
	if (!node)
		return -1;
	node->table = t;
	node->rows = rows__new(t, table__rows(report__find(report, parent)));
	return node->rows ? add_columns(node, t) : -1;
}

struct json_tree *json_tree__new(const struct report *report)
{
	struct json_tree *tree = calloc(1, sizeof(*tree));
	const struct report_table *t;
	size_t i;
	int err;

	if (!tree)
		return NULL;
	err = add_columns(&tree->root, report__table(report, 0));
	for (i = 1; (t = report__table(report, i)) && !err; i++)
		err = add_table(tree, report, t);
	if (!err)
		return tree;
	json_tree__free(tree);
	return NULL;
}

void json_tree__free(struct json_tree *tree)
{
	if (!tree)
		return;
	free_members(&tree->root);
	free(tree);
}

enum kept { KEPT_NOT, KEPT_PARTLY, KEPT };

/* object: the root's member that the node is in; NULL = it is the root's own. */
static enum kept is_kept(const char *const *parts, const char *object, const char *name)
{
	size_t len = object ? strlen(object) : 0;
	enum kept kept = KEPT_NOT;

	for (; *parts; parts++) {
		const char *rest = *parts;

		if (object && (strncmp(rest, object, len) != 0 || rest[len] != '.'))
			continue;
		rest += object ? len + 1 : 0;
		if (!strcmp(rest, name))
			return KEPT;
		if (!strncmp(rest, name, strlen(name)) && rest[strlen(name)] == '.')
			kept = KEPT_PARTLY;
	}
	return kept;
}

static void keep_members(struct json_node *node, const char *object, const char *const *parts)
{
	struct json_node **link = &node->first, *child;

	node->last = NULL;
	while ((child = *link)) {
		enum kept kept = is_kept(parts, object, child->name);

		if (kept == KEPT_NOT || (kept == KEPT_PARTLY && object)) {
			*link = child->next;
			free_node(child);
			continue;
		}
		if (kept == KEPT_PARTLY)
			keep_members(child, child->name, parts);
		node->last = child;
		link = &child->next;
	}
}

void json_tree__keep(struct json_tree *tree, const char *const *parts)
{
	keep_members(&tree->root, NULL, parts);
}

const struct json_node *json_tree__root(const struct json_tree *tree)
{
	return &tree->root;
}
