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
#define SWITCH_MOST    50000u /* ns: a hand-off that takes longer waits for a CPU that others use */
#define OF_HOLDING     0.25   /* time in hand-offs, of that and the time it was held */

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
	finding->cost_ns = cost;
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

static void judge(const struct facts *f, struct findings *out)
{
	size_t row;

	for (row = 0; row < table__rows(f->sync); row++)
		if (lock__is(f, row))
			judge_lock(f, row, out);
}

const struct rule rule_lock_convoy = {.code = "lock-convoy", .judge = judge};
