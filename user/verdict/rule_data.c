// SPDX-License-Identifier: GPL-2.0-only
/* data-incomplete: what could not be recorded, and what that makes uncertain. */
#include "report/report.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

#define UNKNOWN_LEAST 0.01 /* of the threads' or the CPUs' time */

static void judge(const struct facts *f, struct findings *out)
{
	uint64_t lost = (uint64_t)table__int(f->root, 0, "events.lost");
	uint64_t unknown = table__sum(f->tasks, "unknown_ns");
	uint64_t life = unknown + table__sum(f->tasks, "running_ns") +
			table__sum(f->tasks, "runnable_ns") + table__sum(f->tasks, "blocked_ns");
	double share = share_of(unknown, life);
	double of_cpus = share_of(table__sum(f->cpus, "unknown_ns"), f->core_ns);
	bool cut = table__bool(f->root, 0, "truncated");
	struct finding *finding;

	share = of_cpus > share ? of_cpus : share;
	if (!lost && !cut && share < UNKNOWN_LEAST)
		return;
	finding = findings__add(out, "data-incomplete", share);
	if (!finding)
		return;
	strbuf__puts(&finding->summary, lost  ? "Some events were not recorded"
					: cut ? "The recording was cut short"
					      : "Part of the time is unknown");
	if (lost) {
		put_count(&finding->detail, lost);
		strbuf__puts(&finding->detail, " events were lost. ");
		finding__note(finding, EVIDENCE_LOST, lost);
		strbuf__puts(&finding->advice, "Record with a larger --buffer.");
	}
	if (cut)
		strbuf__puts(&finding->detail,
			     "The recorder was killed, or its disk full, before the end. ");
	put_percent(&finding->detail, share);
	strbuf__puts(&finding->detail,
		     " of the time is unknown: numbers below may be too low by as "
		     "much.");
	finding__note(finding, EVIDENCE_UNKNOWN_NS, unknown);
}

const struct rule rule_data = {.code = "data-incomplete", .judge = judge};
