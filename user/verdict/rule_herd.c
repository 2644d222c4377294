// SPDX-License-Identifier: GPL-2.0-only
/* thundering-herd: many threads are woken for what one of them can do. */
#include "report/report.h"
#include "report/words.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

#define MANY	20  /* threads woken in vain */
#define IN_VAIN 0.5 /* of those woken */

static void fill(const struct facts *f, const struct report_table *t, size_t row,
		 struct finding *finding)
{
	uint64_t bursts = (uint64_t)table__int(t, row, "bursts");
	uint64_t vain = (uint64_t)table__int(t, row, "in_vain");
	struct strbuf site = {0};
	size_t object = SIZE_MAX;

	if (table__has(t, row, "sync")) {
		finding->sync = table__int(t, row, "sync");
		object = table__row_of(f->sync, "id", finding->sync);
	}
	if (object != SIZE_MAX)
		words__object(&finding->subject, f->sync, object);
	else
		strbuf__puts(&finding->subject, table__text(t, row, "cause"));
	strbuf__puts(&finding->summary, "Many threads are woken for one event");
	put_count(&finding->detail, bursts);
	strbuf__puts(&finding->detail, " times several threads were woken at once, up to ");
	put_count(&finding->detail, (uint64_t)table__int(t, row, "most"));
	strbuf__printf(&finding->detail, ", from %s", strbuf__text(&finding->subject));
	if (words__site(&site, t, row, ""))
		strbuf__printf(&finding->detail, " in %s", strbuf__text(&site));
	strbuf__puts(&finding->detail, "; ");
	put_count(&finding->detail, vain);
	strbuf__puts(&finding->detail, " of them went back to wait, having done next to nothing.");
	strbuf__puts(&finding->advice, "Wake one (signal instead of broadcast, EPOLLEXCLUSIVE, a "
				       "queue for each thread).");
	finding__note(finding, EVIDENCE_NUMBER, vain);
	finding__note(finding, EVIDENCE_WAITS, (uint64_t)table__int(t, row, "wakings"));
	finding__note(finding, EVIDENCE_RUNNING_NS, (uint64_t)table__int(t, row, "in_vain_ns"));
	finding__cost(finding, COST_CPU, facts__cost(f, finding->share));
	strbuf__free(&site);
}

static void judge(const struct facts *f, struct findings *out)
{
	const struct report_table *t = report__find(f->report, "herds");
	size_t row;

	for (row = 0; row < table__rows(t); row++) {
		uint64_t vain = (uint64_t)table__int(t, row, "in_vain");
		uint64_t wakings = (uint64_t)table__int(t, row, "wakings");
		double share = share_of((uint64_t)table__int(t, row, "in_vain_ns"), f->core_ns);
		struct finding *finding;

		/* What syncs waits for the disk several times, and all for the same commit. */
		if (table__is(t, row, "cause", "disk"))
			continue;
		if (vain < MANY || share_of(vain, wakings) < IN_VAIN || share < SHARE_LEAST)
			continue;
		finding = findings__add(out, "thundering-herd", share);
		if (finding)
			fill(f, t, row, finding);
	}
}

const struct rule rule_herd = {.code = "thundering-herd", .judge = judge};
