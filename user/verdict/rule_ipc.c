// SPDX-License-Identifier: GPL-2.0-only
/* ipc-bound: threads or processes send each other messages that cost more than what they say. */
#include <stdio.h>

#include "report/report.h"
#include "report/words.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

#define A_SECOND 5000.0 /* waits for messages */
#define BURST_NS 60000u /* computing between two of them: less is mostly passing messages on */

static uint64_t switches(const struct facts *f, const char *cause)
{
	char key[64];

	snprintf(key, sizeof(key), "switches.by_cause.%s", cause);
	return table__column(f->root, key) < 0 ? 0 : (uint64_t)table__int(f->root, 0, key);
}

/* Who is on the critical path most. */
static void name_talker(const struct facts *f, struct finding *finding)
{
	size_t row = facts__path_row(f, "running", NULL);
	struct strbuf site = {0};

	if (row == SIZE_MAX)
		return;
	finding->tid = table__int(f->path, row, "tid");
	words__thread(&finding->subject, f->path, row, false);
	if (words__site(&site, f->path, row, ""))
		strbuf__printf(&finding->detail,
			       "Most often by %s, in %s: ", strbuf__text(&finding->subject),
			       strbuf__text(&site));
	strbuf__free(&site);
}

static void judge(const struct facts *f, struct findings *out)
{
	uint64_t waits = switches(f, "pipe") + switches(f, "network") + switches(f, "poll");
	uint64_t idle = facts__idle(f, "pipe", NOBODY) + facts__idle(f, "network", NOBODY) +
			facts__idle(f, "poll", NOBODY) + facts__idle(f, "wakeup", NOBODY);
	uint64_t lost = idle + facts__path(f, "runnable", NULL) * f->ncpus;
	double share = share_of(lost < f->core_ns ? lost : f->core_ns, f->core_ns);
	/* While what decides the run's length sleeps, no message that went faster would help. */
	double asleep = share_of(facts__path(f, "blocked", "sleep"), f->wall_ns);
	struct finding *finding;

	share *= 1 - (asleep < 1 ? asleep : 1);
	if (!waits || share_of(waits, f->wall_ns) * 1e9 < A_SECOND ||
	    f->workload_ns / waits > BURST_NS || share < SHARE_LEAST)
		return;
	finding = findings__add(out, "ipc-bound", share);
	if (!finding)
		return;
	name_talker(f, finding);
	strbuf__puts(&finding->summary, "Passing messages costs more than handling them");
	put_count(&finding->detail, waits);
	strbuf__printf(&finding->detail,
		       " times a thread stopped to wait for a message; between two "
		       "of them ");
	put_ns(&finding->detail, f->workload_ns / waits);
	strbuf__puts(&finding->detail, " were computed.");
	strbuf__puts(&finding->advice,
		     "Send more at once, or keep what talks so much in one thread.");
	finding__note(finding, EVIDENCE_WAITS, waits);
	finding__note(finding, EVIDENCE_TYPICAL_NS, f->workload_ns / waits);
	finding__note(finding, EVIDENCE_IDLE_NS, idle);
	finding__cost(finding, COST_IDLE, facts__cost(f, finding->share));
}

const struct rule rule_ipc = {.code = "ipc-bound", .judge = judge};
