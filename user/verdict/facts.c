// SPDX-License-Identifier: GPL-2.0-only
#include "verdict/facts.h"

#include <string.h>

#include "lib/strbuf.h"
#include "lib/units.h"
#include "report/report.h"
#include "verdict/finding.h"

uint64_t table__sum(const struct report_table *t, const char *key)
{
	uint64_t sum = 0;
	size_t row;

	if (table__column(t, key) < 0)
		return 0;
	for (row = 0; row < table__rows(t); row++)
		sum += (uint64_t)table__int(t, row, key);
	return sum;
}

uint64_t table__sum_of(const struct report_table *t, size_t parent_row, const char *key)
{
	uint64_t sum = 0;
	size_t row;

	if (table__column(t, key) < 0)
		return 0;
	for (row = 0; row < table__rows(t); row++)
		if (table__parent_row(t, row) == parent_row)
			sum += (uint64_t)table__int(t, row, key);
	return sum;
}

size_t table__row_of(const struct report_table *t, const char *key, int64_t value)
{
	size_t row;

	for (row = 0; row < table__rows(t); row++)
		if (table__has(t, row, key) && table__int(t, row, key) == value)
			return row;
	return SIZE_MAX;
}

bool table__is(const struct report_table *t, size_t row, const char *key, const char *text)
{
	const char *found = table__text(t, row, key);

	return found && !strcmp(found, text);
}

struct facts facts__of(const struct report *report)
{
	struct facts f = {
		.report = report,
		.root = report__find(report, ""),
		.cpus = report__find(report, "cpus"),
		.tasks = report__find(report, "tasks"),
		.sync = report__find(report, "sync"),
		.idle = report__find(report, "idle.by"),
		.path = report__find(report, "critical_path.by"),
		.blame = report__find(report, "blame.by"),
	};
	uint64_t wanted;

	f.wall_ns = (uint64_t)table__int(f.root, 0, "wall_ns");
	f.ncpus = table__rows(f.cpus);
	f.core_ns = f.wall_ns * f.ncpus;
	f.workload_ns = table__sum(f.cpus, "workload_ns");
	f.idle_ns = table__sum(f.cpus, "idle_ns");
	f.other_ns = table__sum(f.cpus, "other_ns");
	wanted = table__sum(f.tasks, "runnable_ns");
	f.free_ns = f.idle_ns + (wanted < f.other_ns ? f.other_ns - wanted : 0);
	return f;
}

uint64_t facts__idle(const struct facts *f, const char *cause, int64_t sync)
{
	uint64_t sum = 0;
	size_t row;

	for (row = 0; row < table__rows(f->idle); row++)
		if (table__is(f->idle, row, "cause", cause) &&
		    (sync == NOBODY || (table__has(f->idle, row, "sync") &&
					table__int(f->idle, row, "sync") == sync)))
			sum += (uint64_t)table__int(f->idle, row, "ns");
	return sum;
}

static bool on_path(const struct facts *f, size_t row, const char *state, const char *cause)
{
	return table__is(f->path, row, "state", state) &&
	       (!cause || table__is(f->path, row, "cause", cause));
}

uint64_t facts__path(const struct facts *f, const char *state, const char *cause)
{
	uint64_t sum = 0;
	size_t row;

	for (row = 0; row < table__rows(f->path); row++)
		if (on_path(f, row, state, cause))
			sum += (uint64_t)table__int(f->path, row, "ns");
	return sum;
}

size_t facts__path_row(const struct facts *f, const char *state, const char *cause)
{
	size_t row, best = SIZE_MAX;

	for (row = 0; row < table__rows(f->path); row++)
		if (on_path(f, row, state, cause) &&
		    (best == SIZE_MAX ||
		     table__int(f->path, row, "ns") > table__int(f->path, best, "ns")))
			best = row;
	return best;
}

double facts__wait_share(const struct facts *f, uint64_t ns)
{
	double wait = share_of(ns, f->wall_ns);
	double free = share_of(f->free_ns, f->core_ns);

	return wait < free ? wait : free;
}

double share_of(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

uint64_t facts__cost(const struct facts *f, double share)
{
	return (uint64_t)(share * (double)f->wall_ns);
}

void put_ns(struct strbuf *sb, uint64_t ns)
{
	char text[UNITS_LEN];

	strbuf__puts(sb, units__ns(text, ns));
}

void put_count(struct strbuf *sb, uint64_t n)
{
	char text[UNITS_LEN];

	strbuf__puts(sb, units__count(text, n));
}

void put_percent(struct strbuf *sb, double share)
{
	char text[UNITS_LEN];

	strbuf__puts(sb, units__percent(text, share));
}
