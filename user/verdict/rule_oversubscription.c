// SPDX-License-Identifier: GPL-2.0-only
/* oversubscription: many more threads want to run than there are CPUs, and they chase each other.
 */
#include "report/report.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

#define BUSY 0.85 /* of the CPUs */
/* Threads that wait for a CPU, for each CPU: too many, whatever they do. */
#define CROWD 8
/* Fewer are a fault if they take the CPU from each other all the time: by yielding, say. */
#define SOME	 1
#define A_SECOND 1000.0

static void judge(const struct facts *f, struct findings *out)
{
	uint64_t runnable = table__sum(f->tasks, "runnable_ns");
	uint64_t forced = (uint64_t)table__int(f->root, 0, "switches.involuntary");
	double waiting = share_of(runnable, f->core_ns);
	double rate = share_of(forced, f->core_ns) * 1e9;
	uint64_t path = facts__path(f, "runnable", NULL);
	struct finding *finding;

	if (waiting < SOME || (waiting < CROWD && rate < A_SECOND) ||
	    share_of(f->core_ns - f->idle_ns, f->core_ns) < BUSY)
		return;
	finding = findings__add(out, "oversubscription", share_of(path, f->wall_ns));
	if (!finding)
		return;
	strbuf__puts(&finding->subject, "threads");
	strbuf__puts(&finding->summary, "Too many threads share too few CPUs");
	strbuf__printf(&finding->detail, "On average %.0f threads waited for one of ",
		       waiting * (double)f->ncpus);
	put_count(&finding->detail, f->ncpus);
	strbuf__printf(&finding->detail,
		       " CPUs; each CPU was taken from a thread %.0f times a "
		       "second.",
		       rate);
	strbuf__puts(&finding->advice,
		     "Use as many busy threads as there are CPUs; block instead of "
		     "spinning or yielding.");
	finding__note(finding, EVIDENCE_RUNNABLE_NS, runnable);
	finding__note(finding, EVIDENCE_SWITCHES, forced);
	finding__note(finding, EVIDENCE_CPUS, f->ncpus);
	finding__note(finding, EVIDENCE_PATH_NS, path);
	finding__cost(finding, COST_PATH, path);
}

const struct rule rule_oversubscription = {.code = "oversubscription", .judge = judge};
