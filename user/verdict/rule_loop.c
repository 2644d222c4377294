// SPDX-License-Identifier: GPL-2.0-only
/* blocked-event-loop: a loop that serves events takes long for one of them; the others wait. */
#include <string.h>

#include "report/report.h"
#include "report/words.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

#define LONG_NS	   10000000u /* a turn that others notice */
#define UNUSUAL	   4	     /* times the median turn */
#define PREFIX	   "blocked_by."
#define OVERLOADED 0.25 /* of the wall time in one turn */
#define BUSY	   0.9	/* of the CPU time that there was for the program */

/* What it mostly did in that turn: NULL = it computed, or the cause that it was blocked by. */
static const char *mostly_blocked_by(const struct report_table *t, size_t row)
{
	uint64_t most = (uint64_t)table__int(t, row, "running_ns");
	const struct report_column *columns;
	size_t i, n = table__columns(t, &columns);
	const char *what = NULL;

	for (i = 0; i < n; i++)
		if (!strncmp(columns[i].key, PREFIX, strlen(PREFIX)) &&
		    (uint64_t)table__int(t, row, columns[i].key) > most) {
			most = (uint64_t)table__int(t, row, columns[i].key);
			what = columns[i].key + strlen(PREFIX);
		}
	return what;
}

/*
 * A thread that hands out work and then waits for those who do it, with all CPUs in use: nothing
 * that it might serve meanwhile would get one.
 */
static bool waits_for_workers(const struct facts *f, size_t turn)
{
	static const char *const causes[] = {"condvar", "semaphore", "barrier", "join", "futex"};
	const char *what = mostly_blocked_by(report__find(f->report, "loops.longest"), turn);
	size_t i;

	if (!what || share_of(f->workload_ns, f->workload_ns + f->free_ns) < BUSY)
		return false;
	for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (!strcmp(what, causes[i]))
			return true;
	return false;
}

static void add_doing(const struct report_table *t, size_t row, struct strbuf *out)
{
	const char *what = mostly_blocked_by(t, row);

	if (what)
		strbuf__printf(out, "blocked (%s)", what);
	else
		strbuf__puts(out, "computing");
}

/* The long turns among the longest ones that are told: their sum; the first of them in *row. */
static uint64_t long_turns(const struct facts *f, size_t loop, uint64_t typical, size_t *first,
			   uint64_t *count)
{
	const struct report_table *t = report__find(f->report, "loops.longest");
	uint64_t sum = 0;
	size_t row;

	*first = SIZE_MAX;
	*count = 0;
	for (row = 0; row < table__rows(t); row++) {
		uint64_t ns =
			(uint64_t)(table__int(t, row, "ns") - table__int(t, row, "runnable_ns"));

		if (table__parent_row(t, row) != loop || ns < LONG_NS || ns < UNUSUAL * typical)
			continue;
		*first = *first == SIZE_MAX ? row : *first;
		sum += ns;
		++*count;
	}
	return sum;
}

/* So long, and without a wait, that the loop may rather be overloaded than held up. */
static bool may_be_many(const struct facts *f, const struct report_table *t, size_t row)
{
	return !mostly_blocked_by(t, row) &&
	       share_of((uint64_t)table__int(t, row, "running_ns"), f->wall_ns) > OVERLOADED;
}

static void fill(const struct facts *f, size_t loop, size_t turn, uint64_t ns, uint64_t count,
		 struct finding *finding)
{
	const struct report_table *loops = report__find(f->report, "loops");
	const struct report_table *t = report__find(f->report, "loops.longest");
	const struct report_table *sites = report__find(f->report, "loops.longest.sites");
	const struct report_table *tasks = report__find(f->report, "loops.longest.tasks");
	size_t place = table__first_row(sites, turn), task = table__first_row(tasks, turn);
	struct strbuf *detail = &finding->detail, site = {0};

	finding->tid = table__int(loops, loop, "tid");
	words__thread(&finding->subject, loops, loop, false);
	strbuf__printf(&finding->summary, "The event loop of %s stops serving for %s",
		       strbuf__text(&finding->subject), "");
	put_ns(&finding->summary, (uint64_t)table__int(t, turn, "ns"));
	strbuf__puts(detail, "In its longest turn it was mostly ");
	add_doing(t, turn, detail);
	if (place != SIZE_MAX && words__site(&site, sites, place, ""))
		strbuf__printf(detail, ", in %s", strbuf__text(&site));
	if (task != SIZE_MAX)
		strbuf__printf(detail, ", in task %s", table__text(tasks, task, "name"));
	strbuf__puts(detail, "; a typical turn takes ");
	put_ns(detail, (uint64_t)table__int(loops, loop, "p50_ns"));
	strbuf__puts(detail, ". ");
	put_ns(detail, ns);
	strbuf__puts(detail, count == 1 ? " in one such turn." : " in ");
	if (count != 1) {
		put_count(detail, count);
		strbuf__puts(detail, " such turns.");
	}
	if (may_be_many(f, t, turn))
		strbuf__puts(detail, " Or many turns: a poll that finds something at once, as in "
				     "a loop with more to do than time, is not seen.");
	strbuf__puts(&finding->advice,
		     "Let another thread do what takes long, or do it in pieces.");
	finding__note(finding, EVIDENCE_LONGEST_NS, (uint64_t)table__int(t, turn, "ns"));
	finding__note(finding, EVIDENCE_TYPICAL_NS, (uint64_t)table__int(loops, loop, "p50_ns"));
	strbuf__free(&site);
}

static void judge(const struct facts *f, struct findings *out)
{
	const struct report_table *loops = report__find(f->report, "loops");
	size_t row, turn;

	for (row = 0; row < table__rows(loops); row++) {
		uint64_t typical = (uint64_t)table__int(loops, row, "p50_ns"), count;
		uint64_t ns = long_turns(f, row, typical, &turn, &count);
		struct finding *finding;

		/* All of them, not only those of which the inside is known. */
		if (count && UNUSUAL * typical <= LONG_NS) {
			ns = (uint64_t)table__int(loops, row, "long_ns");
			count = (uint64_t)table__int(loops, row, "long_turns");
		}
		if (share_of(ns, f->wall_ns) < SHARE_LEAST || waits_for_workers(f, turn))
			continue;
		finding = findings__add(out, "blocked-event-loop", share_of(ns, f->wall_ns));
		if (!finding)
			return;
		fill(f, row, turn, ns, count, finding);
		finding__note(finding, EVIDENCE_NUMBER, count);
		finding__cost(finding, COST_TIME, ns);
	}
}

const struct rule rule_loop = {.code = "blocked-event-loop", .judge = judge};
