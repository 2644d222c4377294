// SPDX-License-Identifier: GPL-2.0-only
/* gil: Python's threads take turns, because only the one that has the interpreter lock runs. */
#include <string.h>

#include "report/report.h"
#include "verdict/locks.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

/*
 * A condition variable inside the interpreter's own state, _PyRuntime: CPython 3.11 to 3.13 have no
 * other there that threads wait for again and again.
 */
static bool is_gil(const struct facts *f, size_t row)
{
	const char *name = table__text(f->sync, row, "name");

	return table__is(f->sync, row, "kind", "gil") ||
	       (table__is(f->sync, row, "kind", "condvar") && name &&
		!strncmp(name, "_PyRuntime", strlen("_PyRuntime")));
}

static void judge_lock(const struct facts *f, size_t row, struct findings *out)
{
	uint64_t idle = facts__idle(f, table__text(f->sync, row, "kind"), lock__id(f, row));
	double share = share_of(idle, f->core_ns);
	struct finding *finding;

	if (share < SHARE_LEAST)
		return;
	finding = findings__add(out, "gil", share);
	if (!finding)
		return;
	lock__fill(f, row, finding);
	finding__note(finding, EVIDENCE_IDLE_NS, idle);
	finding->cost_ns = facts__cost(f, share);
	strbuf__puts(&finding->summary, "Python's threads take turns: only one runs at a time");
	lock__add_waits(f, row, &finding->detail);
	lock__add_holders(f, row, &finding->detail);
	strbuf__puts(&finding->advice, "Compute in several processes (multiprocessing), or in "
				       "libraries that release the interpreter lock.");
}

static void judge(const struct facts *f, struct findings *out)
{
	size_t row;

	for (row = 0; row < table__rows(f->sync); row++)
		if (is_gil(f, row))
			judge_lock(f, row, out);
}

const struct rule rule_gil = {.code = "gil", .judge = judge};
