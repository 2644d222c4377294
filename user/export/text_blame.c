// SPDX-License-Identifier: GPL-2.0-only
/*
 * BLAME: what threads really waited for, where that was another thread's doing. Threads that are
 * blamed for the same thing at the same place are told together.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/text_sections.h"
#include "export/text_wrap.h"
#include "lib/units.h"
#include "report/report.h"
#include "report/words.h"

#define SHOWN  5
#define LOOKED 400 /* rows; the longest come first */
#define NEWS   100 /* one in so many of the blocked time is worth a line */
#define INDENT 4

struct line {
	size_t row; /* the longest of them */
	uint64_t ns;
	size_t threads;
};

static bool same_text(const struct report_table *t, size_t a, size_t b, const char *key)
{
	const char *x = table__text(t, a, key), *y = table__text(t, b, key);

	return x == y || (x && y && !strcmp(x, y));
}

/* Joins are objects of their own, one for each thread that ends. */
static bool is_alike(const struct report_table *t, size_t a, size_t b)
{
	const char *cause = table__text(t, a, "cause");

	return same_text(t, a, b, "cause") && same_text(t, a, b, "root") &&
	       same_text(t, a, b, "function") && same_text(t, a, b, "file") &&
	       table__int(t, a, "line") == table__int(t, b, "line") &&
	       (same_text(t, a, b, "subject") || (cause && !strcmp(cause, "join")));
}

static int longest_first(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

static size_t gather(const struct report_table *t, struct line *lines)
{
	size_t row, i, n = 0;

	for (row = 0; row < table__rows(t) && row < LOOKED; row++) {
		if (!table__has(t, row, "tid"))
			continue;
		for (i = 0; i < n && !is_alike(t, lines[i].row, row); i++)
			;
		if (i == n)
			lines[n++] = (struct line){.row = row};
		lines[i].ns += (uint64_t)table__int(t, row, "ns");
		lines[i].threads++;
	}
	if (n)
		qsort(lines, n, sizeof(*lines), longest_first);
	return n;
}

static const char *doing(const char *root)
{
	static const struct {
		const char *root, *words;
	} words[] = {
		{"computation", "computing"},
		{"cpu", "waiting for a CPU"},
		{"disk", "waiting for a disk"},
		{"network", "waiting for the network"},
		{"sleep", "asleep"},
		{"timer", "waiting for a timer"},
		{"external", "outside of the workload"},
		{"device", "waiting for a device"},
		{"deadlock", "in a deadlock"},
	};
	size_t i;

	for (i = 0; root && i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(words[i].root, root))
			return words[i].words;
	return "of which it is not known what it did";
}

/* "3.2 s in mutex big_lock waited for worker-2 computing in step() convoy.c:44" */
static void put_line(struct text_out *o, const struct report_table *t, const struct line *line)
{
	const char *cause = table__text(t, line->row, "cause");
	const char *subject = table__text(t, line->row, "subject");
	struct strbuf text = {0};
	char value[UNITS_LEN];
	struct text_wrap w;

	text_out__pad(o, INDENT);
	text_wrap__begin(&w, o, INDENT + 2);
	strbuf__printf(&text, "%s in ", units__ns(value, line->ns));
	if (cause && !strcmp(cause, "join") && line->threads > 1)
		subject = "joins of threads";
	strbuf__puts(&text, subject ? subject : "waits");
	text_wrap__add(&w, "", strbuf__text(&text));
	strbuf__reset(&text);
	strbuf__puts(&text, "waited for ");
	if (line->threads > 1)
		strbuf__printf(&text, "%zu threads", line->threads);
	else
		words__thread(&text, t, line->row, false);
	text_wrap__add(&w, " ", strbuf__text(&text));
	text_wrap__add(&w, " ", doing(table__text(t, line->row, "root")));
	strbuf__reset(&text);
	strbuf__puts(&text, "in ");
	if (words__site(&text, t, line->row, ""))
		text_wrap__add(&w, " ", strbuf__text(&text));
	text_wrap__end(&w);
	strbuf__free(&text);
}

void text__blame(struct text_out *o, const struct report *report)
{
	const struct report_table *t = report__find(report, "blame.by");
	uint64_t all = (uint64_t)table__int(report__find(report, ""), 0, "blame.ns");
	uint64_t others = (uint64_t)table__int(report__find(report, ""), 0, "blame.others_ns");
	struct line lines[LOOKED];
	size_t i, n = gather(t, lines);
	char total[UNITS_LEN], part[UNITS_LEN];

	if (!n || lines[0].ns < all / NEWS)
		return;
	text_out__heading(o, "BLAME");
	text_out__printf(o, "of %s blocked, %s for what other threads did", units__ns(total, all),
			 units__ns(part, others));
	text_out__end(o);
	for (i = 0; i < n && i < SHOWN && lines[i].ns >= all / NEWS; i++)
		put_line(o, t, &lines[i]);
}
