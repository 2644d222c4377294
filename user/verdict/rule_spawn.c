// SPDX-License-Identifier: GPL-2.0-only
/* spawn-bound: threads or processes are started for so little work that starting them counts. */
#include <stdio.h>

#include "report/report.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

#define MANY	 50
#define SHORT_NS 20000000u /* a life that is short */
#define OF_LIFE	 0.2	   /* starting and ending them, of what they live */

struct lives {
	uint64_t count, ns;
};

static struct lives short_lives(const struct facts *f)
{
	struct lives lives = {0};
	size_t row;

	for (row = 0; row < table__rows(f->tasks); row++) {
		uint64_t ns = (uint64_t)(table__int(f->tasks, row, "end_ns") -
					 table__int(f->tasks, row, "start_ns"));

		if (ns >= SHORT_NS)
			continue;
		lives.count++;
		lives.ns += ns;
	}
	return lives;
}

/* From being made to the program's own first instruction, and from its end to being noticed. */
static uint64_t cost(const struct facts *f, const char *what)
{
	char key[64];

	snprintf(key, sizeof(key), "spawn.%s.total_ns", what);
	return (uint64_t)table__int(f->root, 0, key);
}

static void judge(const struct facts *f, struct findings *out)
{
	struct lives lives = short_lives(f);
	uint64_t execs = cost(f, "processes.exec");
	uint64_t ns = cost(f, "threads") + (execs ? execs : cost(f, "processes")) + cost(f, "reap");
	double share = share_of(ns, f->wall_ns);
	struct finding *finding;

	if (lives.count < MANY || share < SHARE_LEAST || share_of(ns, lives.ns) < OF_LIFE)
		return;
	finding = findings__add(out, "spawn-bound", share);
	if (!finding)
		return;
	strbuf__puts(&finding->subject, execs || cost(f, "processes") ? "processes" : "threads");
	strbuf__printf(&finding->summary, "Starting and ending %s takes much of the time",
		       strbuf__text(&finding->subject));
	put_count(&finding->detail, lives.count);
	strbuf__puts(&finding->detail, " of them lived for ");
	put_ns(&finding->detail, lives.ns / lives.count);
	strbuf__puts(&finding->detail, " on average; ");
	put_percent(&finding->detail, share_of(ns, lives.ns));
	strbuf__puts(&finding->detail, " of that went by before they had begun, or after they had "
				       "ended.");
	strbuf__puts(&finding->advice, "Keep them and give them one piece of work after the other "
				       "(a pool), or give each more to do.");
	finding__note(finding, EVIDENCE_NUMBER, lives.count);
	finding__note(finding, EVIDENCE_TYPICAL_NS, lives.ns / lives.count);
	finding->cost_ns = facts__cost(f, finding->share);
}

const struct rule rule_spawn = {.code = "spawn-bound", .judge = judge};
