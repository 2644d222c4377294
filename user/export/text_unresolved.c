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
		{"missing", "not there, or not readable"},
		{"changed", "another file now"},
		{"damaged", "damaged"},
		{"no-symbols", "no symbols"},
		{"no-unwind", "its callers not found"},
	};
	size_t i;

	for (i = 0; reason && i < sizeof(rows) / sizeof(*rows); i++)
		if (!strcmp(reason, rows[i].reason))
			return rows[i].words;
	return "";
}

/* Whether a place that the report tells lies in that file, and has no name. */
static bool is_missed(const struct report *report, const char *module)
{
	static const char *const tables[] = {"sync.sites", "sync.holder_sites", "io.sleeps",
					     "loops.sites", "samples.sites"};
	size_t i, row;

	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		const struct report_table *t = report__find(report, tables[i]);

		for (row = 0; row < table__rows(t); row++) {
			const char *at = table__text(t, row, "module");

			if (at && !strcmp(at, module) && !table__has(t, row, "function"))
				return true;
		}
	}
	return false;
}

/* What lies between the program's own functions needs no names; but chains shall be whole. */
static bool matters(const struct report *report, const struct report_table *t, size_t row)
{
	const char *module = table__text(t, row, "module"), *reason = table__text(t, row, "reason");

	return (reason && !strcmp(reason, "no-unwind")) || (module && is_missed(report, module));
}

/* The rows with the most frames, of those that matter; returns the number of all that do. */
static size_t choose(const struct report *report, const struct report_table *t, size_t rows[SHOWN])
{
	size_t i, row, n = 0, all = 0;

	for (row = 0; row < table__rows(t); row++) {
		if (!matters(report, t, row))
			continue;
		all++;
		i = n < SHOWN ? n++ : SHOWN;
		for (; i && table__int(t, rows[i - 1], "frames") < table__int(t, row, "frames");
		     i--)
			if (i < SHOWN)
				rows[i] = rows[i - 1];
		if (i < SHOWN)
			rows[i] = row;
	}
	return all;
}

/* A Python of which the native functions are told instead of its own. */
static void put_pythons(struct text_out *o, const struct report *report)
{
	const struct report_table *t = report__find(report, "pythons");
	size_t row;

	for (row = 0; row < table__rows(t); row++) {
		const char *version = table__text(t, row, "version");
		struct text_wrap w;

		if (table__bool(t, row, "named"))
			continue;
		text_out__heading(o, "NOTE");
		text_wrap__begin(&w, o, 6);
		text_out__printf(o, "Python %s: ", version ? version : "before 3.11");
		text_wrap__add(&w, "", "its functions cannot be told here,");
		text_wrap__add(&w, " ", "those of the interpreter are (3.11 to 3.13 can)");
		text_wrap__end(&w);
	}
}

void text__unresolved(struct text_out *o, const struct report *report)
{
	const struct report_table *t = report__find(report, "unresolved");
	size_t i, rows[SHOWN] = {0}, all = choose(report, t, rows);
	struct strbuf text = {0};
	char count[UNITS_LEN];
	struct text_wrap w;

	put_pythons(o, report);
	if (!all)
		return;
	text_out__heading(o, "NOTE");
	text_out__printf(o, "Some code could not be named: ");
	text_wrap__begin(&w, o, 6);
	for (i = 0; i < SHOWN && i < all; i++) {
		const char *module = table__text(t, rows[i], "module");
		uint64_t frames = (uint64_t)table__int(t, rows[i], "frames");

		strbuf__reset(&text);
		strbuf__printf(&text, "%s (%s: %s frame%s)", module ? module : "unknown memory",
			       in_words(table__text(t, rows[i], "reason")),
			       units__count(count, frames), frames == 1 ? "" : "s");
		text_wrap__add(&w, ", ", strbuf__text(&text));
	}
	strbuf__reset(&text);
	strbuf__printf(&text, "%zu more", all - i);
	if (all > i)
		text_wrap__add(&w, ", ", strbuf__text(&text));
	text_wrap__end(&w);
	strbuf__free(&text);
}
