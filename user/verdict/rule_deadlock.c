// SPDX-License-Identifier: GPL-2.0-only
/* deadlock: threads that wait for each other in a circle when the recording ends. */
#include "report/report.h"
#include "report/words.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

static void fill(const struct facts *f, size_t circle, uint64_t ns, struct finding *finding)
{
	const struct report_table *t = report__find(f->report, "deadlocks.threads");
	size_t row, n = 0;

	for (row = 0; row < table__rows(t); row++) {
		if (table__parent_row(t, row) != circle)
			continue;
		strbuf__puts(&finding->subject, n ? ", " : "");
		words__thread(&finding->subject, t, row, false);
		words__thread(&finding->detail, t, row, true);
		strbuf__puts(&finding->detail, " waits for ");
		words__object(&finding->detail, t, row);
		strbuf__puts(&finding->detail, " in ");
		if (!words__site(&finding->detail, t, row, "site."))
			strbuf__puts(&finding->detail, "unknown code");
		strbuf__puts(&finding->detail, ". ");
		n++;
	}
	strbuf__printf(&finding->summary, "%zu threads wait for each other for ever", n);
	strbuf__puts(&finding->advice, "Take these locks in the same order everywhere.");
	finding__note(finding, EVIDENCE_THREADS, n);
	finding__note(finding, EVIDENCE_LONGEST_NS, ns);
	finding__cost(finding, COST_TIME, ns);
}

static void judge(const struct facts *f, struct findings *out)
{
	const struct report_table *circles = report__find(f->report, "deadlocks");
	uint64_t end = (uint64_t)table__int(f->root, 0, "window.end_ns");
	size_t row;

	for (row = 0; row < table__rows(circles); row++) {
		uint64_t since = (uint64_t)table__int(circles, row, "since_ns");
		uint64_t ns = end > since ? end - since : 0;
		struct finding *finding = findings__add(out, "deadlock", share_of(ns, f->wall_ns));

		if (finding)
			fill(f, row, ns, finding);
	}
}

const struct rule rule_deadlock = {.code = "deadlock", .judge = judge};
