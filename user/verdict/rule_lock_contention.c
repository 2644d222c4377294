// SPDX-License-Identifier: GPL-2.0-only
/*
 * lock-contention: CPUs are idle because threads queue for a lock. Where no CPU is idle, a thread
 * that waits costs nothing: another one computes instead.
 */
#include "report/report.h"
#include "verdict/locks.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

static void advise(const struct facts *f, size_t row, struct strbuf *out)
{
	uint64_t held = lock__held(f, row), running = lock__held_while(f, row, "running");
	uint64_t runnable = lock__held_while(f, row, "runnable");

	if (table__bool(f->sync, row, "libc"))
		strbuf__puts(out,
			     "This lock is inside the C library: call it less often, from fewer "
			     "threads at once, or use another allocator.");
	else if (table__is(f->sync, row, "kind", "kernel"))
		strbuf__puts(out, "This lock is inside the kernel: fewer threads that call it at "
				  "once, or larger pieces of work for each call.");
	else if (held > running + runnable && held - running - runnable > running)
		strbuf__puts(out, "Do not wait for anything else while holding it.");
	else
		strbuf__puts(out, "Do less while holding it, or use one lock for each part of the "
				  "data.");
}

static void judge_lock(const struct facts *f, size_t row, struct findings *out)
{
	struct finding *finding = lock__find_idle(f, row, "lock-contention", out);

	if (!finding)
		return;
	strbuf__printf(&finding->summary, "Threads queue for one lock: %s",
		       strbuf__text(&finding->subject));
	lock__add_waits(f, row, &finding->detail);
	lock__add_holders(f, row, &finding->detail);
	lock__add_sites(f, row, &finding->detail);
	advise(f, row, &finding->advice);
}

static void judge(const struct facts *f, struct findings *out)
{
	size_t row;

	for (row = 0; row < table__rows(f->sync); row++)
		if (lock__is(f, row) && !lock__is_deadlocked(f, row))
			judge_lock(f, row, out);
}

const struct rule rule_lock_contention = {.code = "lock-contention", .judge = judge};
