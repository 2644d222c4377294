// SPDX-License-Identifier: GPL-2.0-only
/* sleep-bound: what decides how long the program takes sleeps on a timer of its own. */
#include "report/report.h"
#include "report/words.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

static void judge(const struct facts *f, struct findings *out)
{
	uint64_t ns = facts__path(f, "blocked", "sleep");
	double share = facts__wait_share(f, ns);
	size_t row = facts__path_row(f, "blocked", "sleep");
	struct finding *finding;
	struct strbuf site = {0};
	bool one;

	if (row == SIZE_MAX || share < SHARE_LEAST)
		return;
	finding = findings__add(out, "sleep-bound", share);
	if (!finding)
		return;
	finding->tid = table__int(f->path, row, "tid");
	words__thread(&finding->subject, f->path, row, false);
	/* One thread is not charged with what several slept. */
	one = 2 * (uint64_t)table__int(f->path, row, "ns") >= ns;
	if (one)
		strbuf__printf(&finding->summary, "%s sleeps while others wait for it",
			       strbuf__text(&finding->subject));
	else
		strbuf__puts(&finding->summary, "Threads sleep, and the run takes longer for it");
	put_ns(&finding->detail, ns);
	strbuf__puts(&finding->detail, " of what decides the run's length is sleep on a timer");
	if (!one)
		strbuf__printf(&finding->detail, " in several threads, above all %s",
			       strbuf__text(&finding->subject));
	if (words__site(&site, f->path, row, ""))
		strbuf__printf(&finding->detail, one ? ", most of it in %s" : " in %s",
			       strbuf__text(&site));
	strbuf__puts(&finding->detail, ".");
	strbuf__puts(&finding->advice, "Wait for the event itself (a condition variable, poll) "
				       "instead of sleeping and looking again; or sleep less.");
	finding__note(finding, EVIDENCE_PATH_NS, ns);
	finding->cost_ns = facts__cost(f, share);
	strbuf__free(&site);
}

const struct rule rule_sleep = {.code = "sleep-bound", .judge = judge};
