// SPDX-License-Identifier: GPL-2.0-only
/* pipeline-stage: threads hand work to each other, and one of them sets the pace. */
#include <string.h>

#include "report/report.h"
#include "report/words.h"
#include "verdict/locks.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

#define PACE	   0.7 /* of the wall time that the slowest stage computes */
#define OF_WAITING 0.1 /* of what threads waited for each other: less, and it is not for it */
#define ROUNDS	   20  /* waits of other threads for it: less is no pipeline */
#define HOLDING	   0.3 /* of the wall time, while others wait */

/* What stages wait in for each other. */
static const char *const causes[] = {"condvar", "semaphore", "pipe", "futex", "poll", "network"};

static bool is_handing_over(const struct report_table *t, size_t row)
{
	size_t i;

	for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (table__is(t, row, "cause", causes[i]))
			return true;
	return false;
}

/* Whom most waiting for work is charged to. */
static size_t slowest(const struct facts *f, uint64_t *total)
{
	size_t row, best = SIZE_MAX;

	*total = 0;
	for (row = 0; row < table__rows(f->blame); row++) {
		if (!is_handing_over(f->blame, row))
			continue;
		*total += (uint64_t)table__int(f->blame, row, "ns");
		if (table__is(f->blame, row, "root", "computation") &&
		    (best == SIZE_MAX ||
		     table__int(f->blame, row, "ns") > table__int(f->blame, best, "ns")))
			best = row;
	}
	return best;
}

/* All such waiting that is charged to the computing of one thread. */
static uint64_t waited_for(const struct facts *f, int64_t tid)
{
	uint64_t ns = 0;
	size_t row;

	for (row = 0; row < table__rows(f->blame); row++)
		if (is_handing_over(f->blame, row) && table__has(f->blame, row, "tid") &&
		    table__int(f->blame, row, "tid") == tid &&
		    table__is(f->blame, row, "root", "computation"))
			ns += (uint64_t)table__int(f->blame, row, "ns");
	return ns;
}

/* How often other threads stopped for such a reason: the least of the two that did most often. */
static uint64_t rounds(const struct facts *f, int64_t but)
{
	uint64_t first = 0, second = 0;
	size_t row;

	for (row = 0; row < table__rows(f->tasks); row++) {
		uint64_t n = (uint64_t)table__int(f->tasks, row, "switches.voluntary");

		if (table__int(f->tasks, row, "tid") == but)
			continue;
		if (n > first) {
			second = first;
			first = n;
		} else if (n > second) {
			second = n;
		}
	}
	return table__rows(f->tasks) > 3 ? second : first;
}

/* What others wait for is a lock that it holds most of the time: no stage, but a holder. */
static bool is_holder(const struct facts *f, int64_t tid)
{
	const struct report_table *holders = report__find(f->report, "sync.holders");
	size_t row, first;

	for (row = 0; row < table__rows(f->sync); row++) {
		if (!lock__is(f, row) || share_of(lock__held(f, row), f->wall_ns) < HOLDING)
			continue;
		first = table__first_row(holders, row);
		if (first != SIZE_MAX && table__has(holders, first, "tid") &&
		    table__int(holders, first, "tid") == tid)
			return true;
	}
	return false;
}

static uint64_t idle_for_work(const struct facts *f)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		sum += facts__idle(f, causes[i], NOBODY);
	return sum;
}

static void judge(const struct facts *f, struct findings *out)
{
	uint64_t total, waited, idle = idle_for_work(f), running;
	size_t row = slowest(f, &total), task;
	double share = share_of(idle, f->core_ns);
	struct finding *finding;
	struct strbuf site = {0};

	task = row == SIZE_MAX ? row
			       : table__row_of(f->tasks, "tid", table__int(f->blame, row, "tid"));
	share -= findings__share(out, "blocked-event-loop");
	if (share < SHARE_LEAST || task == SIZE_MAX ||
	    findings__about(out, "blocked-event-loop", table__int(f->tasks, task, "tid")) ||
	    is_holder(f, table__int(f->tasks, task, "tid")) ||
	    rounds(f, table__int(f->tasks, task, "tid")) < ROUNDS)
		return;
	running = (uint64_t)table__int(f->tasks, task, "running_ns");
	waited = waited_for(f, table__int(f->tasks, task, "tid"));
	if (share_of(running, f->wall_ns) < PACE || share_of(waited, total) < OF_WAITING)
		return;
	finding = findings__add(out, "pipeline-stage", share);
	if (!finding)
		return;
	finding->tid = table__int(f->tasks, task, "tid");
	words__thread(&finding->subject, f->tasks, task, false);
	strbuf__printf(&finding->summary, "%s sets the pace, the others wait for it",
		       strbuf__text(&finding->subject));
	strbuf__puts(&finding->detail, "It computes ");
	put_percent(&finding->detail, share_of(running, f->wall_ns));
	strbuf__puts(&finding->detail, " of the time");
	if (words__site(&site, f->blame, row, ""))
		strbuf__printf(&finding->detail, ", mostly in %s", strbuf__text(&site));
	strbuf__puts(&finding->detail, "; ");
	put_percent(&finding->detail, share_of(waited, total));
	strbuf__puts(&finding->detail, " of what threads waited for each other's work was for it.");
	strbuf__puts(&finding->advice, "Make that stage faster, divide it in two, or let several "
				       "threads do it.");
	finding__note(finding, EVIDENCE_RUNNING_NS, running);
	finding__note(finding, EVIDENCE_IDLE_NS, idle);
	finding__cost(finding, COST_IDLE, facts__cost(f, share));
	strbuf__free(&site);
}

const struct rule rule_pipeline = {.code = "pipeline-stage", .judge = judge};
