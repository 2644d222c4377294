// SPDX-License-Identifier: GPL-2.0-only
/* cpu-bound-parallel: all CPUs compute. Nothing to fix but the code itself. */
#include "report/report.h"
#include "report/words.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

#define BUSY 0.85 /* of the CPUs' time that other programs left */

static void judge(const struct facts *f, struct findings *out)
{
	const struct report_table *sites = report__find(f->report, "samples.sites");
	double busy = share_of(f->workload_ns, f->workload_ns + f->free_ns);
	struct finding *finding;
	struct strbuf site = {0};
	size_t i, n;

	if (busy < BUSY || findings__worst(out) >= SHARE_LEAST)
		return;
	finding = findings__add(out, "cpu-bound-parallel", share_of(f->workload_ns, f->core_ns));
	if (!finding)
		return;
	strbuf__puts(&finding->summary, "Nothing to fix: the CPUs compute, threads hardly wait for "
					"each other");
	put_percent(&finding->detail, busy);
	strbuf__puts(&finding->detail,
		     " of the CPU time that the program could have had, it used.");
	n = table__rows(sites);
	for (i = 0; i < n && i < 3; i++) {
		strbuf__reset(&site);
		if (!words__site(&site, sites, i, ""))
			continue;
		strbuf__printf(&finding->detail, "%s%s", i ? ", " : " Most of it in ",
			       strbuf__text(&site));
	}
	strbuf__puts(&finding->detail, n ? "." : "");
	strbuf__puts(&finding->advice, "To be faster, compute less, or use more CPUs.");
	finding__note(finding, EVIDENCE_CPUS, f->ncpus);
	finding__note(finding, EVIDENCE_RUNNING_NS, f->workload_ns);
	strbuf__free(&site);
}

const struct rule rule_healthy = {.code = "cpu-bound-parallel", .judge = judge};
