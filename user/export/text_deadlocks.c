// SPDX-License-Identifier: GPL-2.0-only
/* DEADLOCK: who waits for whom in a circle; before everything else. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#include "export/text_sections.h"
#include "export/text_wrap.h"
#include "lib/units.h"
#include "report/report.h"
#include "report/words.h"

#define SHOWN	3 /* circles */
#define THREADS 6 /* of one circle */

static size_t count_threads(const struct report_table *t, size_t circle)
{
	size_t row, n = 0;

	for (row = 0; row < table__rows(t); row++)
		n += table__parent_row(t, row) == circle;
	return n;
}

static size_t row_of(const struct report_table *t, size_t circle, int64_t tid)
{
	size_t row;

	for (row = 0; row < table__rows(t); row++)
		if (table__parent_row(t, row) == circle && table__int(t, row, "tid") == tid)
			return row;
	return SIZE_MAX;
}

/* "waits for mutex a in transfer() bank.c:20, held by worker-2 1235" */
static void put_thread(struct text_wrap *w, const struct report_table *t, size_t circle, size_t row,
		       const char *who)
{
	size_t holder = row_of(t, circle, table__int(t, row, "held_by"));
	struct strbuf text = {0};

	strbuf__printf(&text, "%s waits for ", who);
	words__object(&text, t, row);
	text_wrap__add(w, ", ", strbuf__text(&text));
	strbuf__reset(&text);
	strbuf__puts(&text, "in ");
	if (words__site(&text, t, row, "site."))
		text_wrap__add(w, " ", strbuf__text(&text));
	strbuf__reset(&text);
	strbuf__puts(&text, "held by ");
	if (holder == SIZE_MAX)
		strbuf__printf(&text, "%" PRId64, table__int(t, row, "held_by"));
	else
		words__thread(&text, t, holder, true);
	text_wrap__add(w, ", ", strbuf__text(&text));
	strbuf__free(&text);
}

static void put_circle(struct text_out *o, const struct report_table *t, size_t circle)
{
	size_t row, shown = 0, n = count_threads(t, circle);
	struct strbuf who = {0};
	struct text_wrap w;

	text_wrap__begin(&w, o, 2);
	for (row = table__first_row(t, circle); row < table__rows(t) && shown < THREADS; row++) {
		if (table__parent_row(t, row) != circle)
			continue;
		strbuf__reset(&who);
		if (!shown)
			words__thread(&who, t, row, true);
		put_thread(&w, t, circle, row, shown++ ? "which" : strbuf__text(&who));
	}
	strbuf__reset(&who);
	strbuf__printf(&who, "which waits, and so on: %zu threads in all", n);
	if (shown < n)
		text_wrap__add(&w, ", ", strbuf__text(&who));
	text_wrap__end(&w);
	strbuf__free(&who);
}

void text__deadlocks(struct text_out *o, const struct report *report)
{
	const struct report_table *circles = report__find(report, "deadlocks");
	const struct report_table *t = report__find(report, "deadlocks.threads");
	size_t i, n = table__rows(circles);
	char since[UNITS_LEN];

	if (!n)
		return;
	for (i = 0; i < n && i < SHOWN; i++) {
		text_out__style(o, TEXT_ALARM);
		text_out__printf(o, "DEADLOCK");
		text_out__style(o, TEXT_PLAIN);
		text_out__printf(o, "  %zu threads wait for each other, from %s to the end",
				 count_threads(t, i),
				 units__ns(since, (uint64_t)table__int(circles, i, "since_ns")));
		text_out__end(o);
		put_circle(o, t, i);
	}
	if (n > SHOWN)
		text_out__more(o, n - SHOWN);
	text_out__end(o);
}
