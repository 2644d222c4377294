// SPDX-License-Identifier: GPL-2.0-only
/* barrier-straggler: CPUs are idle because threads wait at a barrier for the last one. */
#include "report/report.h"
#include "report/words.h"
#include "verdict/locks.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

#define ONE_OF_THEM 0.4 /* of the waiting, for one thread to be called the straggler */

/* The blame table's longest row about this object; all of them into *total. */
static size_t blamed(const struct facts *f, int64_t sync, uint64_t *total)
{
	size_t row, best = SIZE_MAX;

	*total = 0;
	for (row = 0; row < table__rows(f->blame); row++) {
		if (!table__has(f->blame, row, "sync") || table__int(f->blame, row, "sync") != sync)
			continue;
		*total += (uint64_t)table__int(f->blame, row, "ns");
		if (best == SIZE_MAX ||
		    table__int(f->blame, row, "ns") > table__int(f->blame, best, "ns"))
			best = row;
	}
	return best;
}

static void name_straggler(const struct facts *f, int64_t sync, struct finding *finding)
{
	uint64_t total;
	size_t row = blamed(f, sync, &total);
	uint64_t ns = row == SIZE_MAX ? 0 : (uint64_t)table__int(f->blame, row, "ns");
	struct strbuf site = {0};

	if (share_of(ns, total) < ONE_OF_THEM || !table__has(f->blame, row, "tid")) {
		strbuf__puts(&finding->detail, "No thread is the last one much more often than the "
					       "others. ");
		return;
	}
	finding->tid = table__int(f->blame, row, "tid");
	words__thread(&finding->detail, f->blame, row, false);
	strbuf__puts(&finding->detail, " is what they wait for ");
	put_percent(&finding->detail, share_of(ns, total));
	strbuf__puts(&finding->detail, " of that time");
	if (words__site(&site, f->blame, row, ""))
		strbuf__printf(&finding->detail, ", mostly in %s", strbuf__text(&site));
	strbuf__puts(&finding->detail, ". ");
	strbuf__free(&site);
	strbuf__reset(&finding->subject);
	words__thread(&finding->subject, f->blame, row, false);
}

static void judge_barrier(const struct facts *f, size_t row, struct findings *out)
{
	struct finding *finding = lock__find_idle(f, row, "barrier-straggler", out);

	if (!finding)
		return;
	strbuf__printf(&finding->summary, "Threads wait at %s for the slowest of them",
		       strbuf__text(&finding->subject));
	lock__add_waits(f, row, &finding->detail);
	name_straggler(f, lock__id(f, row), finding);
	strbuf__puts(&finding->advice, "Give each thread the same amount of work between two "
				       "barriers, or have fewer barriers.");
}

static void judge(const struct facts *f, struct findings *out)
{
	size_t row;

	for (row = 0; row < table__rows(f->sync); row++)
		if (table__is(f->sync, row, "kind", "barrier"))
			judge_barrier(f, row, out);
}

const struct rule rule_barrier = {.code = "barrier-straggler", .judge = judge};
