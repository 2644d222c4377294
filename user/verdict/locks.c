// SPDX-License-Identifier: GPL-2.0-only
#include "verdict/locks.h"

#include <stdio.h>
#include <string.h>

#include "lib/strbuf.h"
#include "report/report.h"
#include "report/words.h"
#include "verdict/rule.h"

static const char *const kinds[] = {"mutex", "rwlock", "kernel", "once"};

bool lock__is(const struct facts *f, size_t row)
{
	size_t i;

	if (table__bool(f->sync, row, "parking"))
		return false;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (table__is(f->sync, row, "kind", kinds[i]))
			return true;
	return false;
}

bool lock__is_deadlocked(const struct facts *f, size_t row)
{
	const struct report_table *t = report__find(f->report, "deadlocks.threads");

	return table__row_of(t, "waits_for", lock__id(f, row)) != SIZE_MAX;
}

int64_t lock__id(const struct facts *f, size_t row)
{
	return table__int(f->sync, row, "id");
}

uint64_t lock__held(const struct facts *f, size_t row)
{
	return table__sum_of(report__find(f->report, "sync.holders"), row, "ns");
}

uint64_t lock__held_while(const struct facts *f, size_t row, const char *doing)
{
	char key[64];

	snprintf(key, sizeof(key), "while.%s", doing);
	return table__sum_of(report__find(f->report, "sync.holders"), row, key);
}

void lock__fill(const struct facts *f, size_t row, struct finding *out)
{
	out->sync = lock__id(f, row);
	words__object(&out->subject, f->sync, row);
	finding__note(out, EVIDENCE_WAITS, (uint64_t)table__int(f->sync, row, "waits"));
	finding__note(out, EVIDENCE_WAIT_NS, (uint64_t)table__int(f->sync, row, "wait_ns"));
	finding__note(out, EVIDENCE_MAX_WAIT_NS, (uint64_t)table__int(f->sync, row, "max_wait_ns"));
	finding__note(out, EVIDENCE_THREADS, (uint64_t)table__int(f->sync, row, "waiters"));
	finding__note(out, EVIDENCE_HELD_NS, lock__held(f, row));
}

/* Of all CPUs, because threads wait for it. */
static uint64_t idle_for(const struct facts *f, size_t row)
{
	const char *kind = table__text(f->sync, row, "kind");

	return kind ? facts__idle(f, kind, lock__id(f, row)) : 0;
}

double lock__idle_share(const struct facts *f, size_t row)
{
	return share_of(idle_for(f, row), f->core_ns);
}

struct finding *lock__find_idle(const struct facts *f, size_t row, const char *code,
				struct findings *out)
{
	uint64_t idle = idle_for(f, row);
	double share = share_of(idle, f->core_ns);
	struct finding *finding = share < SHARE_LEAST ? NULL : findings__add(out, code, share);

	if (!finding)
		return NULL;
	lock__fill(f, row, finding);
	finding__note(finding, EVIDENCE_IDLE_NS, idle);
	finding__cost(finding, COST_IDLE, facts__cost(f, share));
	return finding;
}

void lock__add_waits(const struct facts *f, size_t row, struct strbuf *out)
{
	int64_t threads = table__int(f->sync, row, "waiters");

	put_count(out, (uint64_t)threads);
	strbuf__puts(out, threads == 1 ? " thread waited " : " threads waited ");
	put_ns(out, (uint64_t)table__int(f->sync, row, "wait_ns"));
	strbuf__puts(out, " in all, ");
	put_count(out, (uint64_t)table__int(f->sync, row, "waits"));
	strbuf__puts(out, table__int(f->sync, row, "waits") == 1 ? " time" : " times, longest ");
	if (table__int(f->sync, row, "waits") != 1)
		put_ns(out, (uint64_t)table__int(f->sync, row, "max_wait_ns"));
	strbuf__puts(out, ". ");
}

/* The largest of what the holders did, beside running: a column "while.X". */
static const char *other_doing(const struct facts *f, size_t row, uint64_t *ns)
{
	const struct report_table *t = report__find(f->report, "sync.holders");
	const struct report_column *columns;
	size_t i, n = table__columns(t, &columns);
	const char *most = NULL;

	*ns = 0;
	for (i = 0; i < n; i++) {
		uint64_t sum;

		if (strncmp(columns[i].key, "while.", strlen("while.")) != 0 ||
		    !strcmp(columns[i].key, "while.running"))
			continue;
		sum = table__sum_of(t, row, columns[i].key);
		if (sum > *ns) {
			*ns = sum;
			most = columns[i].key + strlen("while.");
		}
	}
	return most;
}

static void add_doing(const struct facts *f, size_t row, struct strbuf *out)
{
	const struct report_table *places = report__find(f->report, "sync.holding_sites");
	uint64_t held = lock__held(f, row), running = lock__held_while(f, row, "running"), ns;
	const char *other = other_doing(f, row, &ns);
	size_t place = table__first_row(places, row);
	struct strbuf site = {0};

	if (running >= ns) {
		strbuf__puts(out, "computing ");
		put_percent(out, share_of(running, held));
		strbuf__puts(out, " of that time");
		if (place != SIZE_MAX && words__site(&site, places, place, ""))
			strbuf__printf(out, ", mostly in %s", strbuf__text(&site));
	} else if (other && !strcmp(other, "runnable")) {
		strbuf__puts(out, "waiting for a CPU ");
		put_percent(out, share_of(ns, held));
		strbuf__puts(out, " of that time");
	} else {
		strbuf__printf(out, "blocked themselves (%s) ", other ? other : "unknown");
		put_percent(out, share_of(ns, held));
		strbuf__puts(out, " of that time");
	}
	strbuf__free(&site);
}

void lock__add_holders(const struct facts *f, size_t row, struct strbuf *out)
{
	const struct report_table *t = report__find(f->report, "sync.holders");
	size_t first = table__first_row(t, row), i, n = 0;
	uint64_t held = lock__held(f, row);

	if (first == SIZE_MAX || !held)
		return;
	for (i = first; i < table__rows(t); i++)
		n += table__parent_row(t, i) == row && table__has(t, i, "tid");
	strbuf__puts(out, "Held by ");
	words__thread(out, t, first, false);
	strbuf__puts(out, " (");
	put_percent(out, share_of((uint64_t)table__int(t, first, "ns"), held));
	strbuf__puts(out, ")");
	if (n > 1)
		strbuf__printf(out, " and %zu other%s", n - 1, n == 2 ? "" : "s");
	strbuf__puts(out, ", ");
	add_doing(f, row, out);
	strbuf__puts(out, ". ");
}

void lock__add_sites(const struct facts *f, size_t row, struct strbuf *out)
{
	const struct report_table *t = report__find(f->report, "sync.sites");
	size_t first = table__first_row(t, row);
	struct strbuf site = {0};

	if (first != SIZE_MAX && words__site(&site, t, first, ""))
		strbuf__printf(out, "Waiters stop in %s. ", strbuf__text(&site));
	strbuf__free(&site);
}
