// SPDX-License-Identifier: GPL-2.0-only
/*
 * lock-convoy: a lock is held so briefly and passed on so often that putting threads to sleep and
 * waking them costs more than a third of what is done under it.
 */
#include "report/report.h"
#include "verdict/locks.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

#define HANDOFFS_LEAST 100
/* Threads that hand over to each other, whatever by: */
#define WAKING	    0.1	   /* of the CPUs' time is idle while one is woken */
#define A_SECOND    5000.0 /* waits */
#define BURST_NS    60000u /* computing between two of them */
#define SWITCH_MOST 50000u /* ns: a hand-off that takes longer waits for a CPU that others use */
#define OF_HOLDING  0.25   /* time in hand-offs, of that and the time it was held */

static void judge_lock(const struct facts *f, size_t row, struct findings *out)
{
	uint64_t count = (uint64_t)table__int(f->sync, row, "handoff.count");
	uint64_t ns = (uint64_t)table__int(f->sync, row, "handoff.total_ns");
	uint64_t cost = count * SWITCH_MOST < ns ? count * SWITCH_MOST : ns;
	double share = share_of(cost, f->wall_ns);
	struct finding *finding;

	if (count < HANDOFFS_LEAST || share < SHARE_LEAST ||
	    share_of(cost, cost + lock__held(f, row)) < OF_HOLDING)
		return;
	finding = findings__add(out, "lock-convoy", share);
	if (!finding)
		return;
	lock__fill(f, row, finding);
	finding__note(finding, EVIDENCE_HANDOFFS, count);
	finding__note(finding, EVIDENCE_HANDOFF_NS, ns);
	finding__cost(finding, COST_TIME, cost);
	strbuf__printf(&finding->summary, "%s changes hands by sleeping and waking",
		       strbuf__text(&finding->subject));
	put_count(&finding->detail, count);
	strbuf__puts(&finding->detail, " hand-offs, ");
	put_ns(&finding->detail, ns / count);
	strbuf__puts(&finding->detail,
		     " each on average from the release to the next owner running; "
		     "between them it was held for ");
	put_ns(&finding->detail, lock__held(f, row) / count);
	strbuf__puts(&finding->detail, ". ");
	lock__add_sites(f, row, &finding->detail);
	strbuf__puts(&finding->advice, "Take it less often and do more each time (batches), or let "
				       "fewer threads take it.");
}

/* The object at which threads stopped most often; ends of threads apart. */
static size_t busiest(const struct facts *f, uint64_t *waits)
{
	size_t row, best = SIZE_MAX;

	*waits = 0;
	for (row = 0; row < table__rows(f->sync); row++) {
		if (table__is(f->sync, row, "kind", "join") || table__bool(f->sync, row, "parking"))
			continue;
		*waits += (uint64_t)table__int(f->sync, row, "waits");
		if (best == SIZE_MAX ||
		    table__int(f->sync, row, "waits") > table__int(f->sync, best, "waits"))
			best = row;
	}
	return best;
}

/* A lock of the program's own making: it shows only by what it is made of, and by what that costs.
 */
static void judge_handing_over(const struct facts *f, struct findings *out)
{
	uint64_t idle = facts__idle(f, "wakeup", NOBODY), waits;
	size_t row = busiest(f, &waits);
	double share = share_of(idle, f->core_ns);
	struct finding *finding;

	if (row == SIZE_MAX || share < WAKING || share_of(waits, f->wall_ns) * 1e9 < A_SECOND ||
	    f->workload_ns / waits > BURST_NS)
		return;
	finding = findings__add(out, "lock-convoy", share);
	if (!finding)
		return;
	lock__fill(f, row, finding);
	finding__note(finding, EVIDENCE_IDLE_NS, idle);
	finding__cost(finding, COST_IDLE, facts__cost(f, share));
	strbuf__puts(&finding->summary, "Threads hand over by sleeping and waking");
	put_count(&finding->detail, waits);
	strbuf__puts(&finding->detail,
		     " times a thread stopped to be woken by another, having computed "
		     "for ");
	put_ns(&finding->detail, f->workload_ns / waits);
	strbuf__puts(&finding->detail, " on average; CPUs were idle for ");
	put_ns(&finding->detail, idle);
	strbuf__printf(&finding->detail, " while a thread was being woken. Most often at %s. ",
		       strbuf__text(&finding->subject));
	lock__add_sites(f, row, &finding->detail);
	strbuf__puts(&finding->advice,
		     "Hand over less often and do more each time (batches), or let "
		     "one thread do it all.");
}

static void judge(const struct facts *f, struct findings *out)
{
	size_t row;

	for (row = 0; row < table__rows(f->sync); row++)
		if (lock__is(f, row))
			judge_lock(f, row, out);
	if (!findings__share(out, "lock-convoy"))
		judge_handing_over(f, out);
}

const struct rule rule_lock_convoy = {.code = "lock-convoy", .judge = judge};
