// SPDX-License-Identifier: GPL-2.0-only
/*
 * All that the report says of one thread, or of one sync object: the rows of all tables that name
 * it, whatever tables there are.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "export/export.h"
#include "export/text_out.h"
#include "export/text_sections.h"
#include "export/text_wrap.h"
#include "lib/units.h"
#include "report/report.h"
#include "report/words.h"

#define MOST_ROWS 12 /* of one table */
#define INDENT	  4

/* Told in the line's head, or of no use in words. */
static const char *const left_out[] = {"tid",	  "pid",  "ppid",   "comm",    "function",
				       "file",	  "line", "module", "offset",  "stack",
				       "nearest", "kind", "name",   "address", "function"};

static bool is_left_out(const char *key)
{
	const char *dot = strrchr(key, '.');
	size_t i;

	key = dot && !strncmp(key, "site.", strlen("site.")) ? dot + 1 : key;
	for (i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
		if (!strcmp(key, left_out[i]))
			return true;
	return false;
}

static void put_cell(struct strbuf *sb, const struct report_table *t, size_t row,
		     const struct report_column *c)
{
	char text[UNITS_LEN];

	switch (c->type) {
	case R_TEXT:
		strbuf__puts(sb, table__text(t, row, c->key));
		return;
	case R_BOOL:
		strbuf__puts(sb, "yes");
		return;
	case R_REAL:
		if (c->unit == U_SHARE)
			strbuf__puts(sb, units__percent(text, table__real(t, row, c->key)));
		else
			strbuf__printf(sb, "%.2f", table__real(t, row, c->key));
		return;
	case R_INT:
		break;
	}
	if (c->unit == U_NS)
		strbuf__puts(sb, units__ns(text, (uint64_t)table__int(t, row, c->key)));
	else if (c->unit == U_BYTES)
		strbuf__puts(sb, units__bytes(text, (uint64_t)table__int(t, row, c->key)));
	else if (c->unit == U_COUNT)
		strbuf__puts(sb, units__count(text, (uint64_t)table__int(t, row, c->key)));
	else
		strbuf__printf(sb, "%" PRId64, table__int(t, row, c->key));
}

/* Zero, no, and empty say nothing. */
static bool is_worth_it(const struct report_table *t, size_t row, const struct report_column *c)
{
	const char *text;

	if (!table__has(t, row, c->key) || is_left_out(c->key))
		return false;
	switch (c->type) {
	case R_TEXT:
		text = table__text(t, row, c->key);
		return text && *text;
	case R_BOOL:
		return table__bool(t, row, c->key);
	case R_REAL:
		return table__real(t, row, c->key) != 0;
	case R_INT:
		break;
	}
	return table__int(t, row, c->key) != 0 || c->unit == U_NONE;
}

/* "blocked_by.mutex" is the mutex's part: where a heading stands for many, the key tells. */
static const char *heading_of(const struct report_column *c)
{
	const char *dot = strrchr(c->key, '.');

	return dot && (!c->heading || !*c->heading) ? dot + 1 : c->heading;
}

static void put_head(struct text_wrap *w, const struct report_table *t, size_t row)
{
	struct strbuf head = {0};

	if (table__column(t, "kind") >= 0 && table__column(t, "address") >= 0 &&
	    table__has(t, row, "kind")) {
		words__object(&head, t, row);
	} else if (table__column(t, "name") >= 0 && table__has(t, row, "name")) {
		strbuf__puts(&head, table__text(t, row, "name"));
	} else if (table__column(t, "comm") >= 0 && table__has(t, row, "comm")) {
		words__thread(&head, t, row, true);
	}
	if (table__column(t, "module") >= 0 && table__has(t, row, "module")) {
		strbuf__puts(&head, head.len ? " in " : "");
		words__site(&head, t, row, "");
	}
	if (head.len)
		text_wrap__add(w, " ", strbuf__text(&head));
	strbuf__free(&head);
}

static void put_row(struct text_out *o, const struct report_table *t, size_t row)
{
	const struct report_column *columns;
	size_t i, n = table__columns(t, &columns);
	struct strbuf cell = {0};
	struct text_wrap w;

	text_out__pad(o, 2);
	text_wrap__begin(&w, o, INDENT);
	put_head(&w, t, row);
	for (i = 0; i < n; i++) {
		if (!is_worth_it(t, row, &columns[i]))
			continue;
		strbuf__reset(&cell);
		strbuf__printf(&cell, "%s ", heading_of(&columns[i]));
		put_cell(&cell, t, row, &columns[i]);
		text_wrap__add(&w, ", ", strbuf__text(&cell));
	}
	text_wrap__end(&w);
	strbuf__free(&cell);
}

static bool has_value(const struct report_table *t, size_t row, const char *key, int64_t value)
{
	return table__column(t, key) >= 0 && table__has(t, row, key) &&
	       table__int(t, row, key) == value;
}

/* What is looked for. */
struct focus {
	const struct report_table *objects;
	int64_t tid, sync; /* NOBODY: not by that */
};

#define NOBODY (-1)

static bool is_about(const struct report_table *t, size_t row, const struct focus *focus)
{
	if (focus->tid != NOBODY && !has_value(t, row, "tid", focus->tid))
		return false;
	if (focus->sync == NOBODY)
		return focus->tid != NOBODY;
	if (t == focus->objects)
		return has_value(t, row, "id", focus->sync);
	return has_value(t, row, "sync", focus->sync) ||
	       has_value(t, row, "waits_for", focus->sync);
}

/* Rows of the object's own tables: its holders, its sites. */
static bool belongs(const struct report_table *t, size_t row, const struct focus *focus)
{
	return focus->sync != NOBODY && focus->tid == NOBODY && !strcmp(table__parent(t), "sync") &&
	       has_value(focus->objects, table__parent_row(t, row), "id", focus->sync);
}

/* By "big_lock", "mutex big_lock" or its id; NOBODY: there is none. Those waited for longest come
 * first. */
static int64_t find_object(const struct report_table *t, const char *wanted)
{
	struct strbuf words = {0};
	int64_t found = NOBODY;
	char id[24];
	size_t row;

	for (row = 0; row < table__rows(t) && found == NOBODY; row++) {
		const char *name = table__text(t, row, "name");

		strbuf__reset(&words);
		words__object(&words, t, row);
		snprintf(id, sizeof(id), "%" PRId64, table__int(t, row, "id"));
		if (!strcmp(wanted, id) || (name && !strcmp(wanted, name)) ||
		    !strcmp(wanted, strbuf__text(&words)))
			found = table__int(t, row, "id");
	}
	strbuf__free(&words);
	return found;
}

/* "SYNC HOLDERS", of "holders" below "sync". */
static void put_heading(struct text_out *o, const struct report_table *t)
{
	const char *parts[] = {table__parent(t), table__name(t)};
	size_t i;

	text_out__style(o, TEXT_HEADING);
	for (i = 0; i < 2; i++) {
		const char *p;

		text_out__printf(o, "%s", i && *parts[0] ? " " : "");
		for (p = parts[i]; *p; p++)
			text_out__printf(o, "%c",
					 *p == '.' || *p == '_'	  ? ' '
					 : *p >= 'a' && *p <= 'z' ? *p - 'a' + 'A'
								  : *p);
	}
	text_out__style(o, TEXT_PLAIN);
	text_out__end(o);
}

static size_t put_table(struct text_out *o, const struct report_table *t, const struct focus *focus)
{
	size_t row, shown = 0, more = 0;

	for (row = 0; row < table__rows(t); row++) {
		if (!is_about(t, row, focus) && !belongs(t, row, focus))
			continue;
		if (shown == MOST_ROWS) {
			more++;
			continue;
		}
		if (!shown++)
			put_heading(o, t);
		put_row(o, t, row);
	}
	text_out__more(o, more);
	return shown;
}

void text__focus(struct text_out *o, const struct report *report, const struct export_view *view)
{
	struct focus focus = {.objects = report__find(report, "sync"),
			      .tid = view->tid ? (int64_t)view->tid : NOBODY,
			      .sync = NOBODY};
	const struct report_table *t;
	size_t i, shown = 0;

	if (view->sync)
		focus.sync = find_object(focus.objects, view->sync);
	for (i = 0; (t = report__table(report, i)); i++)
		shown += view->sync && focus.sync == NOBODY ? 0 : put_table(o, t, &focus);
	if (shown)
		return;
	text_out__printf(o, "Nothing is reported of ");
	if (view->sync) {
		text_out__printf(o, "a sync object '");
		text_out__name(o, view->sync, TEXT_COLUMNS / 2);
		text_out__printf(o, "'.");
	} else {
		text_out__printf(o, "a thread %u.", view->tid);
	}
	text_out__end(o);
}
