// SPDX-License-Identifier: GPL-2.0-only
/* Asks the rules, ranks what they say, and writes the table. */
#include "verdict/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "report/report.h"
#include "verdict/rule.h"

/* These come before all others, whatever they cost: what else is said hangs on them. */
static const char *const first_codes[] = {"data-incomplete", "deadlock"};

struct findings {
	struct finding **all;
	size_t count, size;
	bool failed;
};

#define EVIDENCE_KEY(key) "evidence." key

static const struct report_column columns[] = {
	{"code", "code", R_TEXT, U_NONE, 0},
	{"share", "share", R_REAL, U_SHARE, 0},
	{"cost_ns", "costs", R_INT, U_NS, 0},
	{"cost_from", "by", R_TEXT, U_NONE, 0},
	{"subject", "subject", R_TEXT, U_NONE, 0},
	{"tid", "tid", R_INT, U_NONE, 0},
	{"sync", "sync", R_INT, U_NONE, 0},
	{"summary", "summary", R_TEXT, U_NONE, 0},
	{"detail", "detail", R_TEXT, U_NONE, 0},
	{"advice", "advice", R_TEXT, U_NONE, 0},
	{"uncertain", "uncertain", R_BOOL, U_NONE, R_SKIP_ZERO},
	{"alike", "of that kind", R_INT, U_COUNT, R_SKIP_ZERO},
	/* Predicted for the run without the lock, by who can replay it: see docs/whatif.md. */
	{"without.wall_ns", "without it", R_INT, U_NS, 0},
	{"without.low_ns", "at least", R_INT, U_NS, 0},
	{"without.high_ns", "at most", R_INT, U_NS, 0},
	{"without.limit", "limited by", R_TEXT, U_NONE, 0},
	{"unpredicted", "not predicted", R_TEXT, U_NONE, 0},
#define X(id, key, heading, unit) {EVIDENCE_KEY(key), heading, R_INT, unit, 0},
	VERDICT_EVIDENCE(X)
#undef X
};

static const char *const cost_names[COST_COUNT] = {
#define X(id, name) [COST_##id] = name,
	VERDICT_COSTS(X)
#undef X
};

static const char *const evidence_keys[EVIDENCE_COUNT] = {
#define X(id, key, heading, unit) [EVIDENCE_##id] = EVIDENCE_KEY(key),
	VERDICT_EVIDENCE(X)
#undef X
};

struct finding *findings__add(struct findings *f, const char *code, double share)
{
	struct finding **all = array__reserve(f->all, &f->size, f->count, sizeof(struct finding *));
	struct finding *finding = all ? calloc(1, sizeof(*finding)) : NULL;

	if (all)
		f->all = all;
	if (!finding) {
		f->failed = true;
		return NULL;
	}
	finding->code = code;
	finding->share = share < 0 ? 0 : share > 1 ? 1 : share;
	finding->tid = finding->sync = NOBODY;
	f->all[f->count++] = finding;
	return finding;
}

void finding__cost(struct finding *f, enum cost from, uint64_t ns)
{
	f->cost_from = from;
	f->cost_ns = ns;
}

void finding__note(struct finding *f, enum evidence which, uint64_t value)
{
	f->evidence[which] = value;
	f->has |= 1u << which;
}

double findings__share(const struct findings *f, const char *code)
{
	double share = 0;
	size_t i;

	for (i = 0; i < f->count; i++)
		if (!strcmp(f->all[i]->code, code) && f->all[i]->share > share)
			share = f->all[i]->share;
	return share;
}

bool findings__about(const struct findings *f, const char *code, int64_t tid)
{
	size_t i;

	for (i = 0; i < f->count; i++)
		if (!strcmp(f->all[i]->code, code) && f->all[i]->tid == tid)
			return true;
	return false;
}

/* These are about the recording, and the machine. */
static bool is_about_program(const char *code)
{
	return strcmp(code, "data-incomplete") != 0 && strcmp(code, "other-load") != 0;
}

double findings__worst(const struct findings *f)
{
	double share = 0;
	size_t i;

	for (i = 0; i < f->count; i++)
		if (is_about_program(f->all[i]->code) && f->all[i]->share > share)
			share = f->all[i]->share;
	return share;
}

static size_t precedence(const char *code)
{
	size_t i, n = sizeof(first_codes) / sizeof(first_codes[0]);

	for (i = 0; i < n; i++)
		if (!strcmp(code, first_codes[i]))
			return i;
	return n;
}

/* What is worse comes first. */
static int rank(const char *code, double share, const char *other_code, double other_share)
{
	size_t before = precedence(code), other_before = precedence(other_code);

	if (before != other_before)
		return before < other_before ? -1 : 1;
	if (share != other_share)
		return share > other_share ? -1 : 1;
	return strcmp(code, other_code);
}

static int rank_findings(const void *a, const void *b)
{
	const struct finding *x = *(const struct finding *const *)a;
	const struct finding *y = *(const struct finding *const *)b;

	return rank(x->code, x->share, y->code, y->share);
}

static int rank_rows(const struct report_table *t, size_t a, size_t b)
{
	return rank(table__text(t, a, "code"), table__real(t, a, "share"),
		    table__text(t, b, "code"), table__real(t, b, "share"));
}

/* Sentences end in a blank, for the next one that may follow. */
static void set_text(struct report_table *t, size_t row, const char *key, struct strbuf *text)
{
	while (text->len && text->text[text->len - 1] == ' ')
		text->text[--text->len] = '\0';
	if (text->len)
		table__set_text(t, row, key, strbuf__text(text));
}

static void write_finding(struct report_table *t, struct finding *f)
{
	size_t row = table__add_row(t, 0);
	unsigned int i;

	table__set_text(t, row, "code", f->code);
	table__set_real(t, row, "share", f->share);
	if (f->cost_ns) {
		table__set_int(t, row, "cost_ns", (int64_t)f->cost_ns);
		table__set_text(t, row, "cost_from", cost_names[f->cost_from]);
	}
	set_text(t, row, "subject", &f->subject);
	if (f->tid != NOBODY)
		table__set_int(t, row, "tid", f->tid);
	if (f->sync != NOBODY)
		table__set_int(t, row, "sync", f->sync);
	set_text(t, row, "summary", &f->summary);
	set_text(t, row, "detail", &f->detail);
	set_text(t, row, "advice", &f->advice);
	table__set_bool(t, row, "uncertain", f->uncertain);
	for (i = 0; i < EVIDENCE_COUNT; i++)
		if (f->has & (1u << i))
			table__set_int(t, row, evidence_keys[i], (int64_t)f->evidence[i]);
}

static size_t count_found(const struct findings *f, const char *code)
{
	size_t i, n = 0;

	for (i = 0; i < f->count; i++)
		n += !strcmp(f->all[i]->code, code);
	return n;
}

static size_t count_told(const struct report_table *t, const char *code)
{
	size_t row, n = 0;

	for (row = 0; row < table__rows(t); row++)
		n += !strcmp(table__text(t, row, "code"), code);
	return n;
}

/* The worst, but few of one kind: many locks with one fault shall not hide another fault. */
static void write_worst(struct report_table *t, const struct findings *f)
{
	size_t i, told, all;

	for (i = 0; i < f->count && table__rows(t) < VERDICT_MOST; i++) {
		told = count_told(t, f->all[i]->code);
		if (told >= VERDICT_ALIKE)
			continue;
		write_finding(t, f->all[i]);
		all = told ? 0 : count_found(f, f->all[i]->code);
		if (all > VERDICT_ALIKE)
			table__set_int(t, table__rows(t) - 1, "alike", (int64_t)all);
	}
}

static bool texts_failed(const struct finding *f)
{
	return strbuf__failed(&f->subject) || strbuf__failed(&f->summary) ||
	       strbuf__failed(&f->detail) || strbuf__failed(&f->advice);
}

static void free_all(struct findings *f)
{
	size_t i;

	for (i = 0; i < f->count; i++) {
		strbuf__free(&f->all[i]->subject);
		strbuf__free(&f->all[i]->summary);
		strbuf__free(&f->all[i]->detail);
		strbuf__free(&f->all[i]->advice);
		free(f->all[i]);
	}
	free(f->all);
}

/* What is unknown might be the very thing that would say otherwise. */
static void mark_uncertain(struct findings *f)
{
	double unknown = findings__share(f, first_codes[0]);
	size_t i;

	for (i = 0; i < f->count; i++)
		f->all[i]->uncertain = unknown > 0 && f->all[i]->share <= unknown &&
				       strcmp(f->all[i]->code, first_codes[0]) != 0;
}

int verdict__judge(struct report *report)
{
	struct report_table *t =
		report__add(report, "", "findings", columns, sizeof(columns) / sizeof(*columns));
	struct facts facts = facts__of(report);
	struct findings found = {0};
	size_t i;

	for (i = 0; rules[i] && facts.wall_ns; i++)
		rules[i]->judge(&facts, &found);
	mark_uncertain(&found);
	if (found.count)
		qsort(found.all, found.count, sizeof(struct finding *), rank_findings);
	for (i = 0; i < found.count; i++)
		found.failed |= texts_failed(found.all[i]);
	write_worst(t, &found);
	free_all(&found);
	return found.failed || !t ? -ENOMEM : 0;
}

/* How many rows are worth telling: not those without which the run would be as long. */
static size_t worth_telling(const struct report_table *t)
{
	size_t row, said = 0;

	for (row = 0; row < table__rows(t); row++) {
		if (said && table__has(t, row, "without.wall_ns") &&
		    table__real(t, row, "share") < SHARE_LEAST)
			return row;
		said += is_about_program(table__text(t, row, "code"));
	}
	return row;
}

int verdict__weigh(struct report *report)
{
	struct report_table *t = report__find(report, "findings");
	int64_t wall_ns = table__int(report__find(report, ""), 0, "wall_ns");
	size_t row;

	for (row = 0; row < table__rows(t); row++) {
		int64_t cost_ns = wall_ns - table__int(t, row, "without.wall_ns");

		if (!table__has(t, row, "without.wall_ns"))
			continue;
		if (cost_ns < 0)
			cost_ns = 0;
		table__set_int(t, row, "cost_ns", cost_ns);
		table__set_text(t, row, "cost_from", "replay");
		table__set_real(t, row, "share", wall_ns ? (double)cost_ns / (double)wall_ns : 0);
	}
	if (table__sort(t, rank_rows))
		return -ENOMEM;
	table__cut(t, worth_telling(t));
	return 0;
}
