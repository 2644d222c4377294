// SPDX-License-Identifier: GPL-2.0-only
/* load-imbalance: threads of a kind end one after the other, and the last one is on its own. */
#include "report/report.h"
#include "report/words.h"
#include "verdict/groups.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

#define OF_SERIAL 0.6 /* of the time in which just one thread ran */
#define UNEVEN	  1.3 /* the busiest of them, of the mean */

/* Idle time that somebody else could not have used: others only wait for the last one's end. */
static uint64_t idle_in_wait(const struct facts *f)
{
	return facts__idle(f, "no-thread", NOBODY) + facts__idle(f, "join", NOBODY) +
	       facts__idle(f, "child", NOBODY) + facts__idle(f, "barrier", NOBODY) +
	       facts__idle(f, "futex", NOBODY) + facts__idle(f, "condvar", NOBODY) +
	       facts__idle(f, "semaphore", NOBODY);
}

static void fill(const struct facts *f, const struct group *g, uint64_t tail,
		 struct finding *finding)
{
	struct strbuf *detail = &finding->detail;

	finding->tid = table__int(f->tasks, g->busiest, "tid");
	words__thread(&finding->subject, f->tasks, g->busiest, false);
	strbuf__printf(&finding->summary, "%s has more to do than its fellows",
		       strbuf__text(&finding->subject));
	strbuf__puts(detail, "It computed ");
	put_ns(detail, g->most_ns);
	strbuf__puts(detail, "; the mean of ");
	put_count(detail, g->members);
	strbuf__puts(detail, " such threads is ");
	put_ns(detail, g->running_ns / g->members);
	strbuf__puts(detail, ". When the others had nothing more to do it went on for ");
	put_ns(detail, tail);
	strbuf__puts(detail, ".");
	strbuf__puts(&finding->advice,
		     "Cut the work into smaller pieces, and let each thread fetch "
		     "the next one when it is done.");
	finding__note(finding, EVIDENCE_LONGEST_NS, g->most_ns);
	finding__note(finding, EVIDENCE_TYPICAL_NS, g->running_ns / g->members);
	finding__note(finding, EVIDENCE_THREADS, g->members);
	finding__cost(finding, COST_IDLE, facts__cost(f, finding->share));
}

/* Threads that take turns are each alone for a while. */
static bool is_ones(const struct facts *f, const struct report_table *serial)
{
	return share_of((uint64_t)table__int(serial, 0, "ns"),
			(uint64_t)table__int(f->root, 0, "parallelism.serial_ns")) >= OF_SERIAL;
}

/* For how long it went on when its fellows had nothing more to do. */
static uint64_t tail_of(const struct facts *f, const struct group *g)
{
	const struct report_table *serial = report__find(f->report, "parallelism.serial");
	size_t row = table__row_of(serial, "tid", table__int(f->tasks, g->busiest, "tid"));
	/* If they live on: by how long it ran alone. */
	uint64_t alone = row == 0 && is_ones(f, serial) ? (uint64_t)table__int(serial, 0, "ns") : 0;
	uint64_t after = g->last == g->busiest ? g->last_end - g->end_before : 0;

	return after > alone ? after : alone;
}

static void judge_group(const struct facts *f, const struct group *g, struct findings *out)
{
	uint64_t tail = tail_of(f, g), idle = idle_in_wait(f) + (f->free_ns - f->idle_ns);
	uint64_t lost = f->ncpus ? tail * (f->ncpus - 1) : 0;
	double share = share_of(lost < idle ? lost : idle, f->core_ns);
	struct finding *finding;

	if (share < SHARE_LEAST ||
	    (double)g->most_ns * (double)g->members < UNEVEN * (double)g->running_ns)
		return;
	finding = findings__add(out, "load-imbalance", share);
	if (finding)
		fill(f, g, tail, finding);
}

static void judge(const struct facts *f, struct findings *out)
{
	struct group group;
	size_t pos = 0;

	while (group__next(f, &pos, &group))
		judge_group(f, &group, out);
}

const struct rule rule_load_imbalance = {.code = "load-imbalance", .judge = judge};
