// SPDX-License-Identifier: GPL-2.0-only
/* serial-section: one thread computes, and CPUs are idle because nobody else has anything to do. */
#include <string.h>

#include "report/report.h"
#include "report/words.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

#define OF_WALL	  0.2 /* of the wall time in which one thread ran alone */
#define OF_SERIAL 0.6 /* of that: less, and threads take turns */
#define OF_IDLE	  0.5 /* of the idle time: else it has another reason */

/* What threads wait in that have nothing to do. */
static const char *const causes[] = {"no-thread", "join", "condvar", "semaphore", "futex", "pipe",
				     "child",	  "poll", "network", "barrier",	  "signal"};
/* Whose threads are alone for another reason, found before. */
static const char *const others[] = {"load-imbalance", "barrier-straggler", "pipeline-stage", "gil",
				     "spawn-bound",    "ipc-bound",	    "lock-convoy"};

static uint64_t idle_without_work(const struct facts *f)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		sum += facts__idle(f, causes[i], NOBODY);
	return sum;
}

static void fill(const struct facts *f, uint64_t serial, struct finding *finding)
{
	const struct report_table *t = report__find(f->report, "parallelism.serial");
	struct strbuf *detail = &finding->detail, site = {0};
	bool alone = table__rows(f->tasks) == 1;

	if (table__rows(t)) {
		finding->tid = table__int(t, 0, "tid");
		words__thread(&finding->subject, t, 0, false);
	}
	if (alone)
		strbuf__puts(&finding->summary, "The program has one thread only");
	else
		strbuf__printf(
			&finding->summary, "%s computes alone, the others have nothing to do",
			finding->subject.len ? strbuf__text(&finding->subject) : "One thread");
	put_ns(detail, serial);
	strbuf__puts(detail, " of ");
	put_ns(detail, f->wall_ns);
	strbuf__puts(detail, " just one thread ran");
	if (table__rows(t)) {
		strbuf__puts(detail, ", ");
		put_percent(detail, share_of((uint64_t)table__int(t, 0, "ns"), serial));
		strbuf__printf(detail, " of it %s", strbuf__text(&finding->subject));
		if (words__site(&site, t, 0, ""))
			strbuf__printf(detail, ", mostly in %s", strbuf__text(&site));
	}
	strbuf__puts(detail, ". ");
	strbuf__puts(&finding->advice, "Divide that work between threads, or let it overlap with "
				       "what the others do.");
	strbuf__free(&site);
}

/* One thread's, by and large. */
static bool is_ones(const struct facts *f, uint64_t serial)
{
	const struct report_table *t = report__find(f->report, "parallelism.serial");

	return table__rows(t) && share_of((uint64_t)table__int(t, 0, "ns"), serial) >= OF_SERIAL;
}

static void judge(const struct facts *f, struct findings *out)
{
	uint64_t serial = (uint64_t)table__int(f->root, 0, "parallelism.serial_ns");
	uint64_t idle = idle_without_work(f), lost = f->ncpus ? serial * (f->ncpus - 1) : 0;
	/* What others had meanwhile nobody here wanted. */
	uint64_t most = idle + (f->free_ns - f->idle_ns);
	double share = share_of(lost < most ? lost : most, f->core_ns);
	struct finding *finding;
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		share -= findings__share(out, others[i]);
	if (share < SHARE_LEAST || share_of(serial, f->wall_ns) < OF_WALL ||
	    share_of(most, f->free_ns) < OF_IDLE || !is_ones(f, serial))
		return;
	finding = findings__add(out, "serial-section", share);
	if (!finding)
		return;
	fill(f, serial, finding);
	finding__note(finding, EVIDENCE_RUNNING_NS, serial);
	finding__note(finding, EVIDENCE_IDLE_NS, idle);
	finding__cost(finding, COST_IDLE, facts__cost(f, share));
}

const struct rule rule_serial = {.code = "serial-section", .judge = judge};
