// SPDX-License-Identifier: GPL-2.0-only
/* spawn-bound: threads or processes are started for so little work that starting them counts. */
#include <stdio.h>

#include "report/report.h"
#include "report/words.h"
#include "verdict/rule.h"
#include "verdict/rules.h"

#define MANY	 50
#define SHORT_NS 20000000u /* a life that is short */
#define OF_LIFE	 0.1	   /* starting and ending them, of what they live */

#define SAMPLES 10 /* fewer say nothing of what the CPUs did */

/* From where a program enters the kernel to start or end threads and processes, or to let go. */
static const char *const places[] = {"clone3", "clone",	  "_Fork", "__libc_fork", "fork",
				     "vfork",  "__vfork", "_exit", "execve",	  "start_thread"};

struct lives {
	uint64_t count, ns;
	size_t example; /* the last one's row */
};

static struct lives short_lives(const struct facts *f)
{
	struct lives lives = {0};
	size_t row;

	for (row = 0; row < table__rows(f->tasks); row++) {
		uint64_t ns = (uint64_t)(table__int(f->tasks, row, "end_ns") -
					 table__int(f->tasks, row, "start_ns"));

		if (ns >= SHORT_NS)
			continue;
		lives.count++;
		lives.example = row;
		lives.ns += ns;
	}
	return lives;
}

/* From being made to the program's own first instruction, and from its end to being noticed. */
static uint64_t cost(const struct facts *f, const char *what)
{
	char key[64];

	snprintf(key, sizeof(key), "spawn.%s.total_ns", what);
	return (uint64_t)table__int(f->root, 0, key);
}

static bool is_place(const struct report_table *t, size_t row)
{
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (table__is(t, row, "function", places[i]))
			return true;
	return false;
}

/* If the site, or what it calls, is one of the places: what is further out in its stack may be. */
static bool is_start(const struct facts *f, const struct report_table *sites, size_t site)
{
	const struct report_table *stacks = report__find(f->report, "stacks");
	const struct report_table *frames = report__find(f->report, "stacks.frames");
	const char *function = table__text(sites, site, "function");
	size_t stack = table__has(sites, site, "stack")
			       ? table__row_of(stacks, "id", table__int(sites, site, "stack"))
			       : SIZE_MAX;
	size_t row = stack == SIZE_MAX ? SIZE_MAX : table__first_row(frames, stack);

	for (; function && row < table__rows(frames); row++) {
		if (table__parent_row(frames, row) != stack)
			break;
		if (is_place(frames, row))
			return true;
		if (table__is(frames, row, "function", function))
			break;
	}
	return is_place(sites, site);
}

/* The part of the program's CPU time that the kernel took for that, as far as samples tell. */
static double computing(const struct facts *f)
{
	const struct report_table *sites = report__find(f->report, "samples.sites");
	uint64_t all = (uint64_t)table__int(f->root, 0, "samples.count"), here = 0;
	size_t row;

	for (row = 0; row < table__rows(sites); row++)
		if (table__int(sites, row, "kernel") && is_start(f, sites, row))
			here += (uint64_t)table__int(sites, row, "kernel");
	return here < SAMPLES ? 0 : share_of(here, all);
}

/* Who starts them: the row of the process's first thread. SIZE_MAX = not known. */
static size_t starter(const struct facts *f, const struct lives *lives)
{
	const char *key = table__int(f->tasks, lives->example, "tid") ==
					  table__int(f->tasks, lives->example, "pid")
				  ? "ppid"
				  : "pid";

	return table__row_of(f->tasks, "tid", table__int(f->tasks, lives->example, key));
}

/* "threads task of spawn" */
static void name_them(const struct facts *f, const struct lives *lives, bool processes,
		      struct strbuf *out)
{
	size_t by = starter(f, lives);

	strbuf__puts(out, processes ? "processes " : "threads ");
	words__thread(out, f->tasks, lives->example, false);
	if (by == SIZE_MAX)
		return;
	strbuf__puts(out, " of ");
	words__thread(out, f->tasks, by, false);
}

static void judge(const struct facts *f, struct findings *out)
{
	struct lives lives = short_lives(f);
	uint64_t execs = cost(f, "processes.exec");
	uint64_t ns = cost(f, "threads") + (execs ? execs : cost(f, "processes")) + cost(f, "reap");
	double waiting = share_of(ns, lives.ns) < OF_LIFE ? 0 : facts__wait_share(f, ns);
	double cpu = computing(f), share = cpu * share_of(f->workload_ns, f->core_ns);
	struct finding *finding;
	bool processes;

	/* Some of the one is in the other. */
	share = waiting > share ? waiting : share;
	if (lives.count < MANY || share < SHARE_LEAST)
		return;
	finding = findings__add(out, "spawn-bound", share);
	if (!finding)
		return;
	processes = execs || cost(f, "processes");
	name_them(f, &lives, processes, &finding->subject);
	strbuf__printf(&finding->summary, "Starting and ending %s takes much of the time",
		       processes ? "processes" : "threads");
	strbuf__printf(&finding->detail, "These are %s. ", strbuf__text(&finding->subject));
	put_count(&finding->detail, lives.count);
	strbuf__puts(&finding->detail, " of them lived for ");
	put_ns(&finding->detail, lives.ns / lives.count);
	strbuf__puts(&finding->detail, " on average; ");
	put_percent(&finding->detail, share_of(ns, lives.ns));
	strbuf__puts(&finding->detail, " of that went by before they had begun, or after they had "
				       "ended.");
	if (cpu >= SHARE_LEAST) {
		strbuf__puts(&finding->detail, " The kernel takes ");
		put_percent(&finding->detail, cpu);
		strbuf__puts(&finding->detail, " of the program's CPU time to start and end them.");
	}
	strbuf__puts(&finding->advice, "Keep them and give them one piece of work after the other "
				       "(a pool), or give each more to do.");
	finding__note(finding, EVIDENCE_NUMBER, lives.count);
	finding__note(finding, EVIDENCE_TYPICAL_NS, lives.ns / lives.count);
	finding__cost(finding, waiting == share ? COST_PATH : COST_CPU,
		      facts__cost(f, finding->share));
}

const struct rule rule_spawn = {.code = "spawn-bound", .judge = judge};
