// SPDX-License-Identifier: GPL-2.0-only
/*
 * The whole report as JSON, from its tables alone: columns and tables with dots in their names
 * become nested objects, child tables become arrays inside their parent's rows.
 */
#include "export/json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "export/json_tree.h"
#include "export/rows.h"
#include "lib/strbuf.h"
#include "report/report.h"

struct json {
	FILE *out;
	struct strbuf text; /* one string at a time */
	struct json_tree *tree;
	const char *const *parts; /* NULL = all */
};

static void put_value(struct json *json, const struct json_node *node, size_t row);
static void put_members(struct json *json, const struct json_node *node, size_t row,
			const char *separator);

static void put_text(struct json *json, const char *text)
{
	strbuf__reset(&json->text);
	strbuf__add_json(&json->text, text ? text : "", text ? strlen(text) : 0);
	fputs(strbuf__text(&json->text), json->out);
}

static void put_real(struct json *json, double value)
{
	if (!isfinite(value)) {
		fputs("null", json->out);
		return;
	}
	strbuf__reset(&json->text);
	strbuf__add_real(&json->text, value);
	fputs(strbuf__text(&json->text), json->out);
}

static void put_cell(struct json *json, const struct json_node *node, size_t row)
{
	const struct report_table *t = node->table;
	const char *key = node->column->key;

	switch (node->column->type) {
	case R_INT:
		fprintf(json->out, "%" PRId64, table__int(t, row, key));
		break;
	case R_REAL:
		put_real(json, table__real(t, row, key));
		break;
	case R_TEXT:
		put_text(json, table__text(t, row, key));
		break;
	case R_BOOL:
		fputs(table__bool(t, row, key) ? "true" : "false", json->out);
		break;
	}
}

static bool cell_shown(const struct json_node *node, size_t row)
{
	const struct report_column *column = node->column;

	if (!table__has(node->table, row, column->key))
		return false;
	if (!(column->flags & R_SKIP_ZERO))
		return true;
	switch (column->type) {
	case R_INT:
		return table__int(node->table, row, column->key) != 0;
	case R_REAL:
		return table__real(node->table, row, column->key) != 0.0;
	case R_BOOL:
		return table__bool(node->table, row, column->key);
	case R_TEXT:
		break;
	}
	return true;
}

/* Empty arrays are shown at the top, so that readers find them; deeper ones are left out. */
static bool shown(const struct json_node *node, size_t row)
{
	const struct json_node *child;
	const size_t *rows;

	if (node->column)
		return cell_shown(node, row);
	if (node->rows)
		return !*table__parent(node->table) || json_rows__of(node->rows, row, &rows);
	for (child = node->first; child; child = child->next)
		if (shown(child, row))
			return true;
	return false;
}

static bool is_plain(const struct json_node *node)
{
	return node->first && node->first->column && !*node->first->name;
}

static void put_array(struct json *json, const struct json_node *node, size_t parent_row)
{
	bool plain = is_plain(node), top = !*table__parent(node->table) && !plain;
	const size_t *rows;
	size_t i, n = json_rows__of(node->rows, parent_row, &rows);

	fputc('[', json->out);
	for (i = 0; i < n; i++) {
		fputs(i ? (top ? ",\n    " : ", ") : (top ? "\n    " : ""), json->out);
		if (plain) {
			put_cell(json, node->first, rows[i]);
			continue;
		}
		fputc('{', json->out);
		put_members(json, node, rows[i], ", ");
		fputc('}', json->out);
	}
	fputs(top && n ? "\n  ]" : "]", json->out);
}

static void put_value(struct json *json, const struct json_node *node, size_t row)
{
	if (node->column) {
		put_cell(json, node, row);
	} else if (node->rows) {
		put_array(json, node, row);
	} else {
		fputc('{', json->out);
		put_members(json, node, row, ", ");
		fputc('}', json->out);
	}
}

static void put_members(struct json *json, const struct json_node *node, size_t row,
			const char *separator)
{
	const struct json_node *child;
	bool first = true;

	for (child = node->first; child; child = child->next) {
		if (!shown(child, row))
			continue;
		if (!first)
			fputs(separator, json->out);
		first = false;
		put_text(json, child->name);
		fputs(": ", json->out);
		put_value(json, child, row);
	}
}

static int json__begin(const struct export_input *in, FILE *out, void **state)
{
	struct json *json = calloc(1, sizeof(*json));

	(void)in;
	if (!json)
		return -ENOMEM;
	json->out = out;
	*state = json;
	return 0;
}

static int json__finish(void *state, const struct report *report)
{
	struct json *json = state;

	json->tree = json_tree__new(report);
	if (!json->tree)
		return -ENOMEM;
	if (json->parts)
		json_tree__keep(json->tree, json->parts);
	fputs("{\n  ", json->out);
	put_members(json, json_tree__root(json->tree), 0, ",\n  ");
	fputs("\n}\n", json->out);
	if (strbuf__failed(&json->text))
		return -ENOMEM;
	return fflush(json->out) || ferror(json->out) ? -EIO : 0;
}

static void json__end(void *state)
{
	struct json *json = state;

	if (!json)
		return;
	json_tree__free(json->tree);
	strbuf__free(&json->text);
	free(json);
}

int json__write_parts(FILE *out, const struct report *report, const char *const *parts)
{
	struct json json = {.out = out, .parts = parts};
	int err = json__finish(&json, report);

	json_tree__free(json.tree);
	strbuf__free(&json.text);
	return err;
}

const struct exporter exporter_json = {
	.name = "json",
	.help = "the report as JSON, documented in docs/report.md",
	.begin = json__begin,
	.finish = json__finish,
	.end = json__end,
};
