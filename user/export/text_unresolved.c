// SPDX-License-Identifier: GPL-2.0-only
/* NOTE: which code has no names in this report, and why. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "export/text_sections.h"
#include "export/text_wrap.h"
#include "lib/strbuf.h"
#include "lib/units.h"
#include "report/report.h"

#define SHOWN 3

static const char *in_words(const char *reason)
{
	static const struct {
		const char *reason, *words;
	} rows[] = {
		{"missing", "the file is not there"},
		{"changed", "the file is another one now"},
		{"damaged", "the file is damaged"},
		{"no-symbols", "it has no symbols"},
		{"no-unwind", "its callers could not be found"},
	};
	size_t i;

	for (i = 0; reason && i < sizeof(rows) / sizeof(*rows); i++)
		if (!strcmp(reason, rows[i].reason))
			return rows[i].words;
	return "";
}

/* The row with the most frames that is not taken yet. */
static size_t largest(const struct report_table *t, const size_t *taken, size_t n)
{
	size_t row, i, best = SIZE_MAX;

	for (row = 0; row < table__rows(t); row++) {
		for (i = 0; i < n && taken[i] != row; i++)
			;
		if (i == n && (best == SIZE_MAX ||
			       table__int(t, row, "frames") > table__int(t, best, "frames")))
			best = row;
	}
	return best;
}

void text__unresolved(struct text_out *o, const struct report *report)
{
	const struct report_table *t = report__find(report, "unresolved");
	size_t n, rows[SHOWN], all = table__rows(t);
	struct strbuf text = {0};
	char count[UNITS_LEN];
	struct text_wrap w;

	if (!all)
		return;
	text_out__heading(o, "NOTE");
	text_out__printf(o, "Some code could not be named: ");
	text_wrap__begin(&w, o, 6);
	for (n = 0; n < SHOWN && n < all; n++) {
		const char *module;

		rows[n] = largest(t, rows, n);
		module = table__text(t, rows[n], "module");
		strbuf__reset(&text);
		strbuf__printf(&text, "%s (%s; %s)", module ? module : "unknown memory",
			       in_words(table__text(t, rows[n], "reason")),
			       units__count(count, (uint64_t)table__int(t, rows[n], "frames")));
		text_wrap__add(&w, ", ", strbuf__text(&text));
	}
	strbuf__reset(&text);
	strbuf__printf(&text, "%zu more", all - n);
	if (all > n)
		text_wrap__add(&w, ", ", strbuf__text(&text));
	text_wrap__end(&w);
	strbuf__free(&text);
}
