// SPDX-License-Identifier: GPL-2.0-only
/* io-bound: what decides how long the program takes waits for a storage device. */
#include <string.h>

#include "report/report.h"
#include "report/words.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

static const char *const causes[] = {"disk", "file", "pagefault"};

static bool is_io(const struct report_table *t, size_t row)
{
	size_t i;

	for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (table__is(t, row, "cause", causes[i]))
			return true;
	return false;
}

/* The file that was waited for longest; the table has the longest first. */
static void name_file(const struct facts *f, struct finding *finding)
{
	const struct report_table *t = report__find(f->report, "io.targets");
	size_t row;

	for (row = 0; row < table__rows(t); row++) {
		const char *name = table__text(t, row, "name");

		if (!is_io(t, row) || !name)
			continue;
		strbuf__puts(&finding->subject, name);
		strbuf__printf(&finding->detail, "Most of it for %s: ", name);
		put_count(&finding->detail, (uint64_t)table__int(t, row, "waits"));
		strbuf__puts(&finding->detail, " waits, ");
		put_ns(&finding->detail, (uint64_t)table__int(t, row, "wait_ns"));
		strbuf__puts(&finding->detail, ". ");
		return;
	}
}

static void add_place(const struct facts *f, struct finding *finding)
{
	size_t row, best = SIZE_MAX;
	struct strbuf site = {0};

	for (row = 0; row < table__rows(f->path); row++)
		if (table__is(f->path, row, "state", "blocked") && is_io(f->path, row) &&
		    (best == SIZE_MAX ||
		     table__int(f->path, row, "ns") > table__int(f->path, best, "ns")))
			best = row;
	if (best == SIZE_MAX)
		return;
	finding->tid = table__int(f->path, best, "tid");
	words__thread(&finding->detail, f->path, best, false);
	strbuf__puts(&finding->detail, " waits");
	if (words__site(&site, f->path, best, ""))
		strbuf__printf(&finding->detail, " in %s", strbuf__text(&site));
	strbuf__puts(&finding->detail, ". ");
	strbuf__free(&site);
}

static void judge(const struct facts *f, struct findings *out)
{
	struct finding *finding;
	uint64_t ns = 0;
	double share;
	size_t i;

	for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		ns += facts__path(f, "blocked", causes[i]);
	share = facts__wait_share(f, ns);
	if (share < SHARE_LEAST)
		return;
	finding = findings__add(out, "io-bound", share);
	if (!finding)
		return;
	strbuf__puts(&finding->summary, "The program waits for storage");
	add_place(f, finding);
	name_file(f, finding);
	strbuf__puts(&finding->advice, "Ask for more at once, ask ahead, sync less often, or let "
				       "another thread wait.");
	finding__note(finding, EVIDENCE_PATH_NS, ns);
	finding__cost(finding, COST_PATH, facts__cost(f, share));
}

const struct rule rule_io = {.code = "io-bound", .judge = judge};
