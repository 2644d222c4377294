// SPDX-License-Identifier: GPL-2.0-only
/* other-load: other programs have the CPUs that this one waits for. */
#include "report/report.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

static void judge(const struct facts *f, struct findings *out)
{
	uint64_t other = f->other_ns;
	uint64_t runnable = table__sum(f->tasks, "runnable_ns");
	uint64_t lost = other < runnable ? other : runnable;
	double share = share_of(lost, f->core_ns);
	struct finding *finding;

	if (share < SHARE_LEAST)
		return;
	finding = findings__add(out, "other-load", share);
	if (!finding)
		return;
	strbuf__puts(&finding->subject, "other programs");
	strbuf__puts(&finding->summary, "Other programs have the CPUs");
	strbuf__puts(&finding->detail, "They took ");
	put_percent(&finding->detail, share_of(other, f->core_ns));
	strbuf__puts(&finding->detail, " of all CPU time, while threads of this one waited ");
	put_ns(&finding->detail, runnable);
	strbuf__puts(&finding->detail, " in all for a CPU. What else is said here might look "
				       "otherwise on a quiet machine.");
	strbuf__puts(&finding->advice, "Measure again when nothing else runs.");
	finding__note(finding, EVIDENCE_RUNNABLE_NS, runnable);
	finding__cost(finding, COST_CPU, facts__cost(f, share));
}

const struct rule rule_others = {.code = "other-load", .judge = judge};
