// SPDX-License-Identifier: GPL-2.0-only
/* affinity: threads want a CPU, and those that are idle are not allowed to them. */
#include "report/report.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

static void judge(const struct facts *f, struct findings *out)
{
	uint64_t idle = facts__idle(f, "affinity", NOBODY);
	double share = share_of(idle, f->core_ns);
	struct finding *finding;

	if (share < SHARE_LEAST)
		return;
	finding = findings__add(out, "affinity", share);
	if (!finding)
		return;
	strbuf__puts(&finding->subject, "CPU affinity");
	strbuf__puts(&finding->summary, "Threads may not run on the CPUs that are idle");
	put_ns(&finding->detail, idle);
	strbuf__puts(&finding->detail,
		     " of CPU time was idle while threads that are bound to other "
		     "CPUs waited for one.");
	strbuf__puts(&finding->advice, "Look at taskset, numactl, sched_setaffinity() and cpusets: "
				       "bind to more CPUs, or not at all.");
	finding__note(finding, EVIDENCE_IDLE_NS, idle);
	finding__cost(finding, COST_IDLE, facts__cost(f, share));
}

const struct rule rule_affinity = {.code = "affinity", .judge = judge};
