// SPDX-License-Identifier: GPL-2.0-only
/* CRITICAL PATH: what lies on it, by what was done and where; SERIAL: who ran alone. */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/text_out.h"
#include "export/text_sections.h"
#include "export/text_wrap.h"
#include "lib/units.h"
#include "report/report.h"
#include "report/words.h"

#define P	    "parallelism."
#define SHOWN	    5
#define LEAST_SHARE 0.01 /* of the path, to be shown */
#define LEAST_ALONE 0.05 /* of all computing, and of the wall time, to be told of */
#define LEAST_LONG  0.1	 /* of the wall time, for a section to be told of */

/* Rows that differ by their thread only. */
struct group {
	size_t row; /* the longest */
	uint64_t ns, threads;
};

static const char *text_or_none(const struct report_table *t, size_t row, const char *key)
{
	const char *text = table__text(t, row, key);

	return text ? text : "";
}

static bool same(const struct report_table *t, size_t a, size_t b, const char *key)
{
	return !strcmp(text_or_none(t, a, key), text_or_none(t, b, key));
}

static bool is_state(const struct report_table *t, size_t row, const char *state)
{
	return !strcmp(text_or_none(t, row, "state"), state);
}

static bool belongs(const struct report_table *t, size_t a, size_t b)
{
	if (!same(t, a, b, "state"))
		return false;
	if (is_state(t, a, "runnable") || is_state(t, a, "unknown"))
		return true;
	if (!same(t, a, b, "function") || !same(t, a, b, "module") || !same(t, a, b, "file"))
		return false;
	if (is_state(t, a, "blocked"))
		return same(t, a, b, "cause") && same(t, a, b, "subject");
	/* Nobody knows where: then at least who. */
	return table__has(t, a, "module") || same(t, a, b, "comm");
}

static int longest_first(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

/* A thread has several rows in a group if it waited for a CPU for several reasons. */
static bool is_new(const struct report_table *t, const size_t *group_of, size_t row)
{
	int64_t tid = table__int(t, row, "tid");
	size_t i;

	for (i = 0; i < row; i++)
		if (group_of[i] == group_of[row] && table__int(t, i, "tid") == tid)
			return false;
	return table__has(t, row, "tid");
}

/* group_of: by row. */
static size_t group_rows(const struct report_table *t, struct group *groups, size_t *group_of)
{
	size_t row, i, n = 0;

	for (row = 0; row < table__rows(t); row++) {
		for (i = 0; i < n && !belongs(t, groups[i].row, row); i++)
			;
		if (i == n)
			groups[n++] = (struct group){.row = row};
		groups[i].ns += (uint64_t)table__int(t, row, "ns");
		group_of[row] = i;
		groups[i].threads += is_new(t, group_of, row);
	}
	if (n)
		qsort(groups, n, sizeof(*groups), longest_first);
	return n;
}

/* "blocked: mutex big_lock", "blocked: sleep (timer)" */
static void add_wait(struct strbuf *sb, const struct report_table *t, size_t row)
{
	const char *cause = text_or_none(t, row, "cause"),
		   *subject = table__text(t, row, "subject");

	if (subject && !strcmp(cause, "sleep") && !strcmp(subject, "timer"))
		subject = NULL; /* what else */
	if (subject && !strncmp(subject, cause, strlen(cause)))
		strbuf__printf(sb, "blocked: %s", subject);
	else if (subject)
		strbuf__printf(sb, "blocked: %s (%s)", cause, subject);
	else
		strbuf__printf(sb, "blocked: %s", cause);
}

/* "worker-1 and 3 more running in step() convoy.c:33" */
static void put_group(struct text_out *o, const struct report_table *t, const struct group *group)
{
	struct strbuf sb = {0}, site = {0};
	size_t row = group->row;

	if (group->threads) {
		words__thread(&sb, t, row, false);
		if (group->threads > 1)
			strbuf__printf(&sb, " and %" PRIu64 " more", group->threads - 1);
		strbuf__puts(&sb, " ");
	}
	if (is_state(t, row, "runnable"))
		strbuf__puts(&sb, "waiting for a CPU");
	else if (is_state(t, row, "blocked"))
		add_wait(&sb, t, row);
	else
		strbuf__puts(&sb, text_or_none(t, row, "state"));
	if (!is_state(t, row, "runnable") && words__site(&site, t, row, ""))
		strbuf__printf(&sb, " in %s", strbuf__text(&site));
	text_out__name(o, strbuf__text(&sb), TEXT_COLUMNS - o->width);
	strbuf__free(&sb);
	strbuf__free(&site);
}

static void put_sums(struct text_out *o, const struct report *report, uint64_t ns)
{
	static const struct {
		const char *key, *name;
	} states[] = {
		{"critical_path.running_ns", "running"},
		{"critical_path.runnable_ns", "waiting for a CPU"},
		{"critical_path.blocked_ns", "blocked"},
		{"critical_path.unknown_ns", "unknown"},
	};
	char value[UNITS_LEN];
	const char *separator = ": ";
	size_t i;

	text_out__heading(o, "CRITICAL PATH");
	text_out__printf(o, "%s", units__ns(value, ns));
	for (i = 0; i < sizeof(states) / sizeof(*states); i++) {
		int64_t part = table__int(report__find(report, ""), 0, states[i].key);

		if (!part)
			continue;
		text_out__printf(o, "%s%s %s", separator,
				 units__percent(value, (double)part / (double)ns), states[i].name);
		separator = ", ";
	}
	text_out__end(o);
}

static void put_groups(struct text_out *o, const struct report_table *t, const struct group *groups,
		       size_t n, uint64_t ns)
{
	char share[UNITS_LEN], value[UNITS_LEN];
	size_t i;

	for (i = 0; i < n && i < SHOWN; i++) {
		if ((double)groups[i].ns < LEAST_SHARE * (double)ns)
			break;
		units__percent(share, (double)groups[i].ns / (double)ns);
		text_out__printf(o, "  %5s  %7s  ", share, units__ns(value, groups[i].ns));
		put_group(o, t, &groups[i]);
		text_out__end(o);
	}
}

static int put_path(struct text_out *o, const struct report *report)
{
	const struct report_table *t = report__find(report, "critical_path.by");
	uint64_t ns = (uint64_t)table__int(report__find(report, ""), 0, "critical_path.ns");
	struct group *groups = calloc(table__rows(t) + 1, sizeof(*groups));
	size_t *group_of = calloc(table__rows(t) + 1, sizeof(*group_of));
	int err = groups && group_of ? 0 : -ENOMEM;

	if (!err) {
		put_sums(o, report, ns);
		put_groups(o, t, groups, group_rows(t, groups, group_of), ns);
	}
	free(groups);
	free(group_of);
	return err;
}

/* "worker-1 0.12 s in step() convoy.c:33" */
static void add_alone(struct text_wrap *w, const struct report_table *t, size_t row)
{
	struct strbuf sb = {0}, site = {0};
	char value[UNITS_LEN];

	words__thread(&sb, t, row, false);
	strbuf__printf(&sb, " %s", units__ns(value, (uint64_t)table__int(t, row, "ns")));
	if (words__site(&site, t, row, ""))
		strbuf__printf(&sb, " in %s", strbuf__text(&site));
	text_wrap__add(w, row ? ", " : ": ", strbuf__text(&sb));
	strbuf__free(&sb);
	strbuf__free(&site);
}

/* "the longest 31 ms at 1.02 s (main)" */
static void add_longest(struct text_wrap *w, const struct report_table *root)
{
	uint64_t ns = (uint64_t)table__int(root, 0, P "longest_serial.ns");
	const char *comm = table__text(root, 0, P "longest_serial.comm");
	char length[UNITS_LEN], start[UNITS_LEN], text[128];

	if ((double)ns < LEAST_LONG * (double)table__int(root, 0, "wall_ns"))
		return;
	units__ns(start, (uint64_t)table__int(root, 0, P "longest_serial.start_ns"));
	snprintf(text, sizeof(text), "the longest %s at %s (%s)", units__ns(length, ns), start,
		 comm ? comm : "");
	text_wrap__add(w, "; ", text);
}

static void put_alone(struct text_out *o, const struct report *report)
{
	const struct report_table *root = report__find(report, "");
	const struct report_table *t = report__find(report, P "serial");
	uint64_t ns = (uint64_t)table__int(root, 0, P "serial_ns");
	double share = table__real(root, 0, P "serial_share");
	char value[UNITS_LEN], percent[UNITS_LEN], text[96];
	struct text_wrap w;

	if (share < LEAST_ALONE || !table__rows(t) ||
	    (double)ns < LEAST_ALONE * (double)table__int(root, 0, "wall_ns"))
		return;
	text_out__heading(o, "SERIAL");
	text_wrap__begin(&w, o, 4);
	snprintf(text, sizeof(text), "one thread alone for %s, %s of all computing",
		 units__ns(value, ns), units__percent(percent, share));
	text_wrap__add(&w, "", text);
	add_alone(&w, t, 0);
	if (table__rows(t) > 1) {
		snprintf(text, sizeof(text), "%s more", units__count(value, table__rows(t) - 1));
		text_wrap__add(&w, ", ", text);
	}
	add_longest(&w, root);
	text_wrap__end(&w);
}

int text__path(struct text_out *o, const struct report *report)
{
	int err;

	/* Of a single thread nothing is to be said that is not said of the thread. */
	if (table__rows(report__find(report, "tasks")) < 2 ||
	    !table__int(report__find(report, ""), 0, "critical_path.ns"))
		return 0;
	err = put_path(o, report);
	if (!err)
		put_alone(o, report);
	return err;
}
