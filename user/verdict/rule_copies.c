// SPDX-License-Identifier: GPL-2.0-only
/* ipc-bound, too: few messages, but so large that copying them is much of the work. */
#include <string.h>

#include "report/report.h"
#include "report/words.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

#define SAMPLES 10  /* fewer say nothing of what the CPUs did */
#define OF_CPU	0.1 /* of the program's CPU time */

static bool is_pipe(const struct report_table *t, size_t row)
{
	const char *name = table__text(t, row, "name");

	return table__is(t, row, "kind", "pipe") ||
	       (table__is(t, row, "kind", "socket") && name && !strncmp(name, "unix", 4));
}

/* Its other end is a thread of the program, too: what goes to another program must be copied. */
static bool is_within(const struct facts *f, size_t target)
{
	const struct report_table *t = report__find(f->report, "io.targets.woken_by");
	size_t row = table__first_row(t, target);

	for (; row < table__rows(t) && table__parent_row(t, row) == target; row++)
		if (table__row_of(f->tasks, "tid", table__int(t, row, "tid")) != SIZE_MAX)
			return true;
	return false;
}

/* Where threads waited for each other most often; SIZE_MAX = nowhere that is known. */
static size_t channel(const struct facts *f)
{
	const struct report_table *t = report__find(f->report, "io.targets");
	size_t row, best = SIZE_MAX;

	for (row = 0; row < table__rows(t); row++)
		if (is_pipe(t, row) && is_within(f, row) &&
		    (best == SIZE_MAX ||
		     table__int(t, row, "waits") > table__int(t, best, "waits")))
			best = row;
	return best;
}

/* Where most of it was found; SIZE_MAX = nowhere that is known. */
static size_t place(const struct facts *f)
{
	const struct report_table *t = report__find(f->report, "samples.sites");
	size_t row, best = SIZE_MAX;
	int64_t most = 0;

	for (row = 0; row < table__rows(t); row++) {
		if (table__int(t, row, "copying") <= most)
			continue;
		most = table__int(t, row, "copying");
		best = row;
	}
	return best;
}

static void name_place(const struct facts *f, struct finding *finding)
{
	size_t row = place(f);

	if (row == SIZE_MAX ||
	    !words__site(&finding->subject, report__find(f->report, "samples.sites"), row, ""))
		return;
	strbuf__printf(&finding->detail, ", most of it in %s", strbuf__text(&finding->subject));
}

static void name_channel(const struct facts *f, size_t row, struct strbuf *out)
{
	const struct report_table *t = report__find(f->report, "io.targets");
	const char *name = table__text(t, row, "name");

	strbuf__printf(out,
		       ". Threads waited for each other most often at %s: ", name ? name : "one");
	put_count(out, (uint64_t)table__int(t, row, "waits"));
	strbuf__puts(out, " times.");
}

static void judge(const struct facts *f, struct findings *out)
{
	uint64_t copying = (uint64_t)table__int(f->root, 0, "samples.copying");
	double cpu = share_of(copying, (uint64_t)table__int(f->root, 0, "samples.count"));
	double share = cpu * share_of(f->workload_ns, f->core_ns);
	struct finding *finding;
	size_t where;

	if (copying < SAMPLES || cpu < OF_CPU || share < SHARE_LEAST ||
	    findings__share(out, "ipc-bound") > 0)
		return;
	where = channel(f);
	if (where == SIZE_MAX)
		return;
	finding = findings__add(out, "ipc-bound", share);
	if (!finding)
		return;
	strbuf__puts(&finding->summary, "Copying through pipes takes much of the CPU time");
	strbuf__puts(&finding->detail, "The kernel spent ");
	put_percent(&finding->detail, cpu);
	strbuf__puts(&finding->detail, " of the program's CPU time in reads and writes of 4 KiB "
				       "and more on pipes and unix sockets");
	name_place(f, finding);
	name_channel(f, where, &finding->detail);
	strbuf__puts(&finding->advice, "Leave the data in memory that both sides share and send "
				       "where it is, or send less.");
	finding__note(finding, EVIDENCE_SAMPLES, copying);
	finding__cost(finding, COST_CPU, facts__cost(f, share));
}

const struct rule rule_copies = {.code = "ipc-bound", .judge = judge};
