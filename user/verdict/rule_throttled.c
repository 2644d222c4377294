// SPDX-License-Identifier: GPL-2.0-only
/* throttled: the control group has used up its CPU time, and CPUs are idle meanwhile. */
#include "report/report.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

static void judge(const struct facts *f, struct findings *out)
{
	uint64_t idle = facts__idle(f, "throttled", NOBODY);
	double share = share_of(idle, f->core_ns);
	struct finding *finding;

	if (share < SHARE_LEAST)
		return;
	finding = findings__add(out, "throttled", share);
	if (!finding)
		return;
	strbuf__puts(&finding->subject, "CPU quota");
	strbuf__puts(&finding->summary, "The control group's CPU quota holds the program back");
	put_ns(&finding->detail, idle);
	strbuf__puts(&finding->detail, " of CPU time was idle while threads were ready to run, but "
				       "their group had used up its share for the period.");
	strbuf__puts(&finding->advice, "Raise the quota (cpu.max; a container's CPU limit), or use "
				       "fewer threads at once.");
	finding__note(finding, EVIDENCE_IDLE_NS, idle);
	finding__cost(finding, COST_IDLE, facts__cost(f, share));
}

const struct rule rule_throttled = {.code = "throttled", .judge = judge};
