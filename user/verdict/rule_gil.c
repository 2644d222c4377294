// SPDX-License-Identifier: GPL-2.0-only
/* gil: Python's threads take turns, because only the one that has the interpreter lock runs. */
#include "report/report.h"
#include "verdict/locks.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

/* "In 94 % of the time threads queued for it. " */
static void add_queued(const struct facts *f, size_t row, struct strbuf *out)
{
	uint64_t held = lock__held(f, row); /* by anybody, known or not, while others waited */

	if (!held)
		return;
	strbuf__puts(out, "For ");
	put_percent(out, share_of(held, f->wall_ns));
	strbuf__puts(out, " of the time at least one thread queued for it. ");
}

/* How long it was kept at a time: about the switch interval, if threads compute. */
static void add_hold_times(const struct facts *f, size_t row, struct strbuf *out)
{
	if (!table__has(f->sync, row, "hold.count"))
		return;
	strbuf__puts(out, "Half of the times it was held for at most ");
	put_ns(out, (uint64_t)table__int(f->sync, row, "hold.p50_ns"));
	strbuf__puts(out, ", the longest ");
	put_ns(out, (uint64_t)table__int(f->sync, row, "hold.max_ns"));
	strbuf__puts(out, ". ");
}

static void judge_lock(const struct facts *f, size_t row, struct findings *out)
{
	struct finding *finding = lock__find_idle(f, row, "gil", out);

	if (!finding)
		return;
	strbuf__puts(&finding->summary, "Python's threads take turns: only one runs at a time");
	lock__add_waits(f, row, &finding->detail);
	add_queued(f, row, &finding->detail);
	lock__add_holders(f, row, &finding->detail);
	add_hold_times(f, row, &finding->detail);
	strbuf__puts(&finding->advice, "Compute in several processes (multiprocessing), or in "
				       "libraries that release the interpreter lock.");
}

static void judge(const struct facts *f, struct findings *out)
{
	size_t row;

	for (row = 0; row < table__rows(f->sync); row++)
		if (table__is(f->sync, row, "kind", "gil"))
			judge_lock(f, row, out);
}

const struct rule rule_gil = {.code = "gil", .judge = judge};
