// SPDX-License-Identifier: GPL-2.0-only
/* VERDICT: what holds the program back, worst first, and what to try. */
#include <stdio.h>
#include <string.h>

#include "export/text_out.h"
#include "export/text_sections.h"
#include "export/text_wrap.h"
#include "lib/units.h"
#include "report/report.h"

#define INDENT	 5
#define COST_GAP 2

/* Words one by one, so that lines break between them. */
static void put_words(struct text_wrap *w, const char *text)
{
	struct strbuf word = {0};

	while (*text) {
		size_t len = strcspn(text, " ");

		strbuf__reset(&word);
		strbuf__add(&word, text, len);
		if (len)
			text_wrap__add(w, " ", strbuf__text(&word));
		text += len + (text[len] == ' ');
	}
	strbuf__free(&word);
}

/* "costs 0.94 s of 2.03 s", or the share where there is no cost. */
static void format_cost(char *text, size_t size, const struct report *report,
			const struct report_table *t, size_t row)
{
	uint64_t wall = (uint64_t)table__int(report__find(report, ""), 0, "wall_ns");
	char cost[UNITS_LEN], whole[UNITS_LEN];

	text[0] = '\0';
	if (table__has(t, row, "cost_ns"))
		snprintf(text, size, "costs %s of %s",
			 units__ns(cost, (uint64_t)table__int(t, row, "cost_ns")),
			 units__ns(whole, wall));
}

static void put_summary(struct text_out *o, const struct report *report,
			const struct report_table *t, size_t row)
{
	const char *code = table__text(t, row, "code"), *summary = table__text(t, row, "summary");
	bool fine = code && !strcmp(code, "cpu-bound-parallel");
	char cost[80];
	size_t room;

	format_cost(cost, sizeof(cost), report, t, row);
	room = TEXT_COLUMNS - INDENT - (cost[0] ? strlen(cost) + COST_GAP : 0);
	text_out__printf(o, "%3zu  ", row + 1);
	text_out__style(o, fine ? TEXT_GOOD : TEXT_ALARM);
	text_out__name(o, summary ? summary : "", room);
	text_out__style(o, TEXT_PLAIN);
	if (cost[0]) {
		text_out__pad(o, TEXT_COLUMNS - strlen(cost));
		text_out__printf(o, "%s", cost);
	}
	text_out__end(o);
}

static void put_sentences(struct text_out *o, const char *before, const char *text)
{
	struct text_wrap w;

	if (!text || !*text)
		return;
	text_wrap__begin(&w, o, INDENT);
	put_words(&w, before);
	put_words(&w, text);
	text_wrap__end(&w);
}

/* "Without it: 550 to 629 ms, predicted; then limited by ..." */
static void put_prediction(struct text_out *o, const struct report_table *t, size_t row)
{
	const char *limit = table__text(t, row, "without.limit");
	char low[UNITS_LEN], high[UNITS_LEN];
	struct strbuf text = {0};

	if (!table__has(t, row, "without.wall_ns"))
		return;
	strbuf__printf(&text, "%s to %s, predicted",
		       units__ns(low, (uint64_t)table__int(t, row, "without.low_ns")),
		       units__ns(high, (uint64_t)table__int(t, row, "without.high_ns")));
	if (limit)
		strbuf__printf(&text, "; then the limit is %s", limit);
	strbuf__puts(&text, ".");
	put_sentences(o, "Without it: ", strbuf__text(&text));
	strbuf__free(&text);
}

/* "Cost: CPU time left idle for it. Not predicted: a replay misses this run by 8 %." */
static void put_basis(struct text_out *o, const struct report_table *t, size_t row)
{
	static const struct {
		const char *name, *words;
	} bases[] = {{"idle", "CPU time left idle for it"},
		     {"path", "its time on the critical path"}};
	const char *from = table__text(t, row, "cost_from");
	const char *why = table__text(t, row, "unpredicted");
	struct strbuf text = {0};
	size_t i;

	for (i = 0; from && why && i < sizeof(bases) / sizeof(*bases); i++)
		if (!strcmp(from, bases[i].name))
			strbuf__printf(&text, "%s. Not predicted: %s.", bases[i].words, why);
	put_sentences(o, "Cost: ", strbuf__text(&text));
	strbuf__free(&text);
}

static void put_alike(struct text_out *o, const struct report_table *t, size_t row)
{
	char text[80], number[UNITS_LEN];

	if (!table__has(t, row, "alike"))
		return;
	snprintf(text, sizeof(text), "%s of this kind were found; the worst are told.",
		 units__count(number, (uint64_t)table__int(t, row, "alike")));
	put_sentences(o, "", text);
}

/* Once for all that are told alike. */
static void put_advice(struct text_out *o, const struct report_table *t, size_t row)
{
	const char *advice = table__text(t, row, "advice"), *other;
	char same[32];
	size_t i;

	for (i = 0; advice && i < row; i++) {
		other = table__text(t, i, "advice");
		if (!other || strcmp(advice, other) != 0)
			continue;
		snprintf(same, sizeof(same), "as for %zu.", i + 1);
		advice = same;
		break;
	}
	put_sentences(o, "Try: ", advice);
}

void text__verdict(struct text_out *o, const struct report *report)
{
	const struct report_table *t = report__find(report, "findings");
	size_t row;

	if (!t)
		return;
	text_out__heading(o, "VERDICT");
	text_out__end(o);
	if (!table__rows(t)) {
		text_out__printf(o,
				 "  Nothing stands out: no wait cost more than 5 %% of the time.");
		text_out__end(o);
	}
	for (row = 0; row < table__rows(t); row++) {
		const char *code = table__text(t, row, "code");

		if (code && !strcmp(code, "deadlock")) /* told before, thread by thread */
			continue;
		put_summary(o, report, t, row);
		put_sentences(o, "", table__text(t, row, "detail"));
		put_alike(o, t, row);
		put_prediction(o, t, row);
		put_basis(o, t, row);
		if (table__bool(t, row, "uncertain"))
			put_sentences(o, "Uncertain: ", "more time than that is unknown.");
		put_advice(o, t, row);
	}
	text_out__end(o);
}
