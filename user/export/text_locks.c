// SPDX-License-Identifier: GPL-2.0-only
/* LOCKS: the sync objects that were waited for longest; of the worst: who held them, and where. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "export/text_names.h"
#include "export/text_sections.h"
#include "export/text_sums.h"
#include "export/text_table.h"
#include "export/text_wrap.h"
#include "lib/units.h"
#include "report/report.h"

#define SHOWN	 5
#define DETAILED 3  /* of them, those that are told more of */
#define DETAIL	 10 /* if they have at least one in so many of all waiting */
#define HOLDERS	 3
#define INDENT	 4

struct locks {
	const struct report *report;
	const struct report_table *t;
	size_t rows[SHOWN], n;
	uint64_t wait_ns; /* of all objects */
};

/* What a holder did meanwhile: the key behind "while." in words. */
static const char *doing(const char *key)
{
	static const struct {
		const char *key, *words;
	} words[] = {
		{"running", "running"},
		{"runnable", "waiting for a CPU"},
		{"unknown", "unknown"},
		{"sleep", "asleep"},
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(key, words[i].key))
			return words[i].words;
	return NULL;
}

static void add_share(struct text_wrap *w, const char *separator, const char *what, uint64_t part,
		      uint64_t whole)
{
	struct strbuf text = {0};
	char share[UNITS_LEN];

	strbuf__printf(&text, "%s %s", what,
		       units__percent(share, whole ? (double)part / (double)whole : 0));
	text_wrap__add(w, separator, strbuf__text(&text));
	strbuf__free(&text);
}

/* What all holders together did most: up to two things, if they took a tenth of the time. */
static void put_doing(struct text_wrap *w, const struct report_table *t, size_t parent,
		      uint64_t held)
{
	const struct report_column *columns;
	size_t i, row, n = table__columns(t, &columns), told, best;
	uint64_t sums[64] = {0};

	for (row = 0; row < table__rows(t); row++)
		for (i = 0; i < n && i < 64 && table__parent_row(t, row) == parent; i++)
			if (!strncmp(columns[i].key, "while.", 6))
				sums[i] += (uint64_t)table__int(t, row, columns[i].key);
	for (told = 0; told < 2; told++) {
		char words[64];

		for (best = 0, i = 0; i < n && i < 64; i++)
			best = sums[i] > sums[best] ? i : best;
		if (sums[best] < held / 10 || !sums[best])
			return;
		snprintf(words, sizeof(words), "%s%s%.30s", told ? "" : "the holder was ",
			 doing(columns[best].key + 6) ? "" : "waiting: ",
			 doing(columns[best].key + 6) ? doing(columns[best].key + 6)
						      : columns[best].key + 6);
		add_share(w, told ? ", " : "; ", words, sums[best], held);
		sums[best] = 0;
	}
}

/* Whether another holder that is shown bears the same name. */
static bool is_namesake(const struct report_table *t, size_t parent, size_t row)
{
	const char *comm = table__text(t, row, "comm"), *other;
	size_t i, shown = 0;

	for (i = 0; comm && i < table__rows(t) && shown < HOLDERS; i++) {
		if (table__parent_row(t, i) != parent)
			continue;
		shown++;
		other = table__text(t, i, "comm");
		if (i != row && other && !strcmp(other, comm))
			return true;
	}
	return false;
}

/* "held by worker-1 25 %, worker-3 25 %, 2 more; the holder was running 97 %" */
static void put_holders(struct text_out *o, const struct locks *locks, size_t parent)
{
	const struct report_table *t = report__find(locks->report, "sync.holders");
	const char *sure = table__text(locks->t, parent, "confidence");
	uint64_t held = (uint64_t)table__int(locks->t, parent, "other_holders.ns");
	size_t row, first, shown = 0;
	uint64_t more = (uint64_t)table__int(locks->t, parent, "other_holders.count");
	struct strbuf name = {0};
	struct text_wrap w;
	char text[64];

	first = text_first_row(t, parent);
	if (first == SIZE_MAX)
		return;
	for (row = first; row < table__rows(t); row++)
		if (table__parent_row(t, row) == parent)
			held += (uint64_t)table__int(t, row, "ns");
	text_wrap__begin(&w, o, INDENT);
	for (row = first; row < table__rows(t); row++) {
		if (table__parent_row(t, row) != parent)
			continue;
		if (shown == HOLDERS) {
			more++;
			continue;
		}
		strbuf__reset(&name);
		strbuf__puts(&name, shown ? "" : "held by ");
		text_name__thread(&name, t, row, is_namesake(t, parent, row));
		add_share(&w, ", ", strbuf__text(&name), (uint64_t)table__int(t, row, "ns"), held);
		shown++;
	}
	if (more) {
		snprintf(text, sizeof(text), "%" PRIu64 " more", more);
		text_wrap__add(&w, ", ", text);
	}
	if (sure && strcmp(sure, "high") != 0) {
		snprintf(text, sizeof(text), "(confidence: %.10s)", sure);
		text_wrap__add(&w, " ", text);
	}
	put_doing(&w, t, parent, held);
	text_wrap__end(&w);
	strbuf__free(&name);
}

/* "waits in worker() convoy.c:58; let go in worker() convoy.c:61" */
static void put_sites(struct text_out *o, const struct locks *locks, size_t parent)
{
	static const struct {
		const char *table, *words;
	} kinds[] = {{"sync.sites", "waited for in "}, {"sync.holder_sites", "let go in "}};
	struct strbuf text = {0};
	struct text_wrap w;
	size_t i;

	text_wrap__begin(&w, o, INDENT);
	for (i = 0; i < 2; i++) {
		const struct report_table *t = report__find(locks->report, kinds[i].table);
		size_t row = text_first_row(t, parent);

		strbuf__reset(&text);
		strbuf__puts(&text, kinds[i].words);
		if (row == SIZE_MAX || !text_name__site(&text, t, row, ""))
			continue;
		text_wrap__add(&w, "; ", strbuf__text(&text));
	}
	text_wrap__end(&w);
	strbuf__free(&text);
}

static void put_handoffs(struct text_out *o, const struct locks *locks, size_t row)
{
	uint64_t n = (uint64_t)table__int(locks->t, row, "handoff.count");
	char count[UNITS_LEN], p50[UNITS_LEN], max[UNITS_LEN];

	if (!n)
		return;
	units__ns(p50, (uint64_t)table__int(locks->t, row, "handoff.p50_ns"));
	units__ns(max, (uint64_t)table__int(locks->t, row, "handoff.max_ns"));
	text_out__pad(o, INDENT);
	text_out__printf(o, "%s hand-off%s, half within %s, all within %s", units__count(count, n),
			 n == 1 ? "" : "s", p50, max);
	text_out__end(o);
}

static void put_details(struct text_out *o, size_t i, const void *ctx)
{
	const struct locks *locks = ctx;
	size_t row = locks->rows[i];

	if (i >= DETAILED ||
	    (uint64_t)table__int(locks->t, row, "wait_ns") < locks->wait_ns / DETAIL)
		return;
	put_holders(o, locks, row);
	put_sites(o, locks, row);
	put_handoffs(o, locks, row);
}

/* "mutex registry_lock", "mutex 0x5581d5c0e060", "... of 1234" where several processes have some */
static void put_name(struct text_table *table, size_t i, const struct report_table *t, size_t row,
		     bool with_pid)
{
	struct strbuf name = {0};

	text_name__object(&name, t, row);
	snprintf(table->names[i], TEXT_CELL, "%s", strbuf__text(&name));
	strbuf__free(&name);
	if (table__bool(t, row, "shared"))
		snprintf(table->suffixes[i], TEXT_CELL, " shared");
	else if (with_pid)
		snprintf(table->suffixes[i], TEXT_CELL, " of %" PRId64, table__int(t, row, "pid"));
}

static void put_object(struct text_table *table, size_t i, const struct report_table *t, size_t row,
		       bool with_pid)
{
	char(*cells)[TEXT_CELL] = table->cells[i];

	put_name(table, i, t, row, with_pid);
	units__count(cells[0], (uint64_t)table__int(t, row, "waits"));
	units__ns(cells[1], (uint64_t)table__int(t, row, "wait_ns"));
	units__ns(cells[2], (uint64_t)table__int(t, row, "max_wait_ns"));
	units__count(cells[3], (uint64_t)table__int(t, row, "waiters"));
}

/* Each join is an object of its own, told already by cause and thread: an address adds nothing. */
static bool is_told(const struct report_table *t, size_t row)
{
	const char *kind = table__text(t, row, "kind");

	return kind && !strcmp(kind, "join");
}

/*
 * Chooses rows: they come with the longest wait first, and what is less than a hundredth of all
 * is no news. Returns the number of all objects that might be shown.
 */
static size_t choose(struct locks *locks)
{
	size_t row, all = 0;

	for (row = 0; row < table__rows(locks->t); row++) {
		uint64_t ns = (uint64_t)table__int(locks->t, row, "wait_ns");

		if (is_told(locks->t, row))
			continue;
		all++;
		if (locks->n < SHOWN && (!locks->n || ns >= locks->wait_ns / 100))
			locks->rows[locks->n++] = row;
	}
	return all;
}

void text__locks(struct text_out *o, const struct report *report)
{
	struct locks locks = {.report = report, .t = report__find(report, "sync")};
	struct text_table table = {.heading = "LOCKS",
				   .columns = {"waits", "waited", "longest", "threads"},
				   .ncolumns = 4,
				   .below = put_details,
				   .ctx = &locks};
	const struct report_table *t = locks.t;
	bool with_pid = false;
	size_t i, all;

	locks.wait_ns = text_sum(t, "wait_ns");
	all = choose(&locks);
	table.nrows = locks.n;
	if (!table.nrows)
		return;
	for (i = 0; i < table.nrows; i++)
		with_pid |=
			table__int(t, locks.rows[i], "pid") != table__int(t, locks.rows[0], "pid");
	for (i = 0; i < table.nrows; i++)
		put_object(&table, i, t, locks.rows[i], with_pid);
	text_table__print(&table, o);
	all += (size_t)table__int(report__find(report, ""), 0, "sync_omitted.objects");
	text_more(o, all - table.nrows);
}
