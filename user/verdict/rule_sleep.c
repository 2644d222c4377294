// SPDX-License-Identifier: GPL-2.0-only
/*
 * sleep-bound: what decides how long the program takes sleeps on a timer of its own, or waits for
 * something that does not come, until its timeout.
 */
#include "report/report.h"
#include "report/words.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

/* Waits that only the time ended, if it was a timer that did; not those of drivers, of protocols.
 */
static const char *const timed[] = {"condvar", "semaphore", "mutex", "futex", "poll", "signal"};

static bool is_timeout(const struct facts *f, size_t row)
{
	size_t i;

	for (i = 0; i < sizeof(timed) / sizeof(timed[0]); i++)
		if (table__is(f->path, row, "cause", timed[i]))
			return table__is(f->path, row, "woken_by", "timer");
	return false;
}

struct naps {
	uint64_t ns;
	size_t longest; /* row of the path; SIZE_MAX = none */
};

static struct naps naps_of(const struct facts *f)
{
	struct naps naps = {.longest = SIZE_MAX};
	size_t row;

	for (row = 0; row < table__rows(f->path); row++) {
		uint64_t ns = (uint64_t)table__int(f->path, row, "ns");

		if (!table__is(f->path, row, "state", "blocked") ||
		    (!table__is(f->path, row, "cause", "sleep") && !is_timeout(f, row)))
			continue;
		naps.ns += ns;
		if (naps.longest == SIZE_MAX ||
		    ns > (uint64_t)table__int(f->path, naps.longest, "ns"))
			naps.longest = row;
	}
	return naps;
}

static void fill(const struct facts *f, const struct naps *naps, struct finding *finding)
{
	bool timeout = is_timeout(f, naps->longest);
	/* One thread is not charged with what several slept. */
	bool one = 2 * (uint64_t)table__int(f->path, naps->longest, "ns") >= naps->ns;
	struct strbuf *detail = &finding->detail, site = {0};

	finding->tid = table__int(f->path, naps->longest, "tid");
	words__thread(&finding->subject, f->path, naps->longest, false);
	if (one)
		strbuf__printf(&finding->summary, "%s %s while others wait for it",
			       strbuf__text(&finding->subject),
			       timeout ? "waits for a timeout" : "sleeps");
	else
		strbuf__printf(&finding->summary, "Threads %s, and the run takes longer for it",
			       timeout ? "wait for timeouts" : "sleep");
	put_ns(detail, naps->ns);
	strbuf__printf(detail, " of what decides the run's length is %s",
		       timeout ? "waiting that a timeout ended" : "sleep on a timer");
	if (!one)
		strbuf__printf(detail, " in several threads, above all %s",
			       strbuf__text(&finding->subject));
	if (words__site(&site, f->path, naps->longest, ""))
		strbuf__printf(detail, one ? ", most of it in %s" : " in %s", strbuf__text(&site));
	strbuf__puts(detail, ".");
	strbuf__puts(&finding->advice,
		     timeout ? "Cancel what need not be waited for any more, or set a shorter time."
			     : "Wait for the event itself (a condition variable, poll) instead of "
			       "sleeping and looking again; or sleep less.");
	strbuf__free(&site);
}

static void judge(const struct facts *f, struct findings *out)
{
	struct naps naps = naps_of(f);
	/* Who waits to no avail for threads that are in a deadlock is no news. */
	double share = facts__wait_share(f, naps.ns) - findings__share(out, "deadlock");
	struct finding *finding;

	if (naps.longest == SIZE_MAX || share < SHARE_LEAST)
		return;
	finding = findings__add(out, "sleep-bound", share);
	if (!finding)
		return;
	fill(f, &naps, finding);
	finding__note(finding, EVIDENCE_PATH_NS, naps.ns);
	finding__cost(finding, COST_PATH, facts__cost(f, share));
}

const struct rule rule_sleep = {.code = "sleep-bound", .judge = judge};
