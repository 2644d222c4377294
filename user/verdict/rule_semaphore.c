// SPDX-License-Identifier: GPL-2.0-only
/*
 * lock-contention at a semaphore: it lets in fewer threads than could run. Nobody holds it by name;
 * that it is used as a lock shows by those who let the others wait: they wait there themselves. In
 * a queue they are two parties, of which the slow one hardly ever waits.
 */
#include "report/report.h"
#include "report/words.h"
#include "verdict/locks.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

#define OF_BLAME 0.5 /* of the waiting, charged to threads that wait there, too */
#define OF_LIFE	 0.1 /* of its life that such a thread waits for semaphores */
#define WAITERS	 2   /* fewer, and two threads hand over to each other */

static bool waits_too(const struct facts *f, int64_t tid)
{
	size_t row = table__row_of(f->tasks, "tid", tid);
	uint64_t life;

	if (row == SIZE_MAX || table__column(f->tasks, "blocked_by.semaphore") < 0)
		return false;
	life = (uint64_t)(table__int(f->tasks, row, "end_ns") -
			  table__int(f->tasks, row, "start_ns"));
	return share_of((uint64_t)table__int(f->tasks, row, "blocked_by.semaphore"), life) >=
	       OF_LIFE;
}

static bool is_lock(const struct facts *f, size_t row)
{
	uint64_t all = 0, own = 0;
	size_t i;

	if (!table__is(f->sync, row, "kind", "semaphore") ||
	    table__int(f->sync, row, "waiters") < WAITERS)
		return false;
	for (i = 0; i < table__rows(f->blame); i++) {
		uint64_t ns = (uint64_t)table__int(f->blame, i, "ns");

		if (!table__has(f->blame, i, "sync") ||
		    table__int(f->blame, i, "sync") != lock__id(f, row))
			continue;
		all += ns;
		if (table__has(f->blame, i, "tid") && waits_too(f, table__int(f->blame, i, "tid")))
			own += ns;
	}
	return share_of(own, all) >= OF_BLAME;
}

static void judge_semaphore(const struct facts *f, size_t row, struct findings *out)
{
	struct finding *finding = lock__find_idle(f, row, "lock-contention", out);

	if (!finding)
		return;
	strbuf__printf(&finding->summary, "%s lets in fewer threads than could run",
		       strbuf__text(&finding->subject));
	lock__add_waits(f, row, &finding->detail);
	lock__add_sites(f, row, &finding->detail);
	strbuf__puts(&finding->advice,
		     "Raise its count if what it guards allows that, or do less in between.");
}

static void judge(const struct facts *f, struct findings *out)
{
	size_t row;

	for (row = 0; row < table__rows(f->sync); row++)
		if (lock__idle_share(f, row) >= SHARE_LEAST && is_lock(f, row))
			judge_semaphore(f, row, out);
}

const struct rule rule_semaphore = {.code = "lock-contention", .judge = judge};
