// SPDX-License-Identifier: GPL-2.0-only
/* preempted-holder: others wait for a lock whose holder has no CPU. */
#include <string.h>

#include "report/report.h"
#include "verdict/locks.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

#define OF_HOLDING 0.1

/* `others`: what other programs cost, that took the CPU: it is told already. */
static void judge_lock(const struct facts *f, size_t row, double others, struct findings *out)
{
	uint64_t held = lock__held(f, row), off = lock__held_while(f, row, "runnable");
	/* The new owner of a lock that is passed on has not been preempted: it was just woken. */
	uint64_t passing = (uint64_t)table__int(f->sync, row, "handoff.total_ns");
	struct finding *finding;
	double share;

	off -= passing < off ? passing : off;
	share = share_of(off, f->wall_ns) - others;
	if (share < SHARE_LEAST || share_of(off, held) < OF_HOLDING ||
	    table__is(f->sync, row, "confidence", "low"))
		return;
	finding = findings__add(out, "preempted-holder", share);
	if (!finding)
		return;
	lock__fill(f, row, finding);
	finding__note(finding, EVIDENCE_RUNNABLE_NS, off);
	finding__cost(finding, COST_TIME, off);
	strbuf__printf(&finding->summary, "The holder of %s loses its CPU",
		       strbuf__text(&finding->subject));
	put_percent(&finding->detail, share_of(off, held));
	strbuf__puts(&finding->detail, " of the time that others waited for it, its holder was "
				       "waiting for a CPU itself. ");
	lock__add_waits(f, row, &finding->detail);
	lock__add_sites(f, row, &finding->detail);
	strbuf__puts(&finding->advice, "Use no more busy threads than there are CPUs, and do not "
				       "compute for long or yield while holding the lock.");
}

static void judge(const struct facts *f, struct findings *out)
{
	double others = findings__share(out, "other-load");
	size_t row;

	for (row = 0; row < table__rows(f->sync); row++)
		if (lock__is(f, row))
			judge_lock(f, row, others, out);
}

const struct rule rule_preempted_holder = {.code = "preempted-holder", .judge = judge};
