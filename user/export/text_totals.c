// SPDX-License-Identifier: GPL-2.0-only
/* Sums over all threads and CPUs, one line each. */
#include <stdint.h>
#include <string.h>

#include "export/text_sections.h"
#include "export/text_sums.h"
#include "export/text_table.h"
#include "lib/units.h"
#include "report/report.h"

/* "A  5.61 s = mutex 5.20 s + ...": terms that do not fit are summed up as "more". */
struct sum_line {
	struct text_out *o;
	uint64_t left; /* ns that no term has told yet */
	bool any;
};

static void sum_line__begin(struct sum_line *s, struct text_out *o, const char *heading,
			    uint64_t ns)
{
	char all[UNITS_LEN];

	*s = (struct sum_line){.o = o, .left = ns};
	text_out__heading(o, heading);
	text_out__printf(o, "%s", units__ns(all, ns));
}

static void sum_line__term(struct sum_line *s, const char *name, uint64_t ns)
{
	char text[TEXT_CELL], value[UNITS_LEN];

	if (!ns)
		return;
	snprintf(text, sizeof(text), " %c %.24s %s", s->any ? '+' : '=', name,
		 units__ns(value, ns));
	/* " + more 999 ms" must still fit. */
	if (s->o->width + strlen(text) + (ns < s->left ? 14 : 0) > TEXT_COLUMNS)
		return;
	text_out__printf(s->o, "%s", text);
	s->left -= ns;
	s->any = true;
}

static void sum_line__end(struct sum_line *s)
{
	char value[UNITS_LEN];

	if (s->left && s->any)
		text_out__printf(s->o, " + more %s", units__ns(value, s->left));
	text_out__end(s->o);
}

static void put_blocked(struct text_out *o, const struct report *report)
{
	const struct report_table *tasks = report__find(report, "tasks");
	struct text_blocked blocked;
	struct sum_line line;
	char count[UNITS_LEN];
	size_t i;

	text_blocked__sum(&blocked, tasks);
	if (!blocked.ns)
		return;
	sum_line__begin(&line, o, "BLOCKED", blocked.ns);
	text_out__printf(o, " in %s thread%s", units__count(count, table__rows(tasks)),
			 table__rows(tasks) == 1 ? "" : "s");
	for (i = 0; i < blocked.n; i++)
		sum_line__term(&line, blocked.causes[i].name, blocked.causes[i].ns);
	sum_line__end(&line);
}

static void put_cpus(struct text_out *o, const struct report *report)
{
	const struct report_table *cpus = report__find(report, "cpus");
	uint64_t workload = text_sum(cpus, "workload_ns"), other = text_sum(cpus, "other_ns");
	uint64_t idle = text_sum(cpus, "idle_ns"), unknown = text_sum(cpus, "unknown_ns");
	const char *mode = table__text(report__find(report, ""), 0, "mode");
	bool all = mode && !strcmp(mode, "all"); /* then only the kernel and we are "others" */
	struct sum_line line;

	if (!table__rows(cpus))
		return;
	sum_line__begin(&line, o, "CPU TIME", workload + other + idle + unknown);
	sum_line__term(&line, all ? "programs" : "program", workload);
	sum_line__term(&line, all ? "kernel threads, recorder" : "others", other);
	sum_line__term(&line, "idle", idle);
	sum_line__term(&line, "unknown", unknown);
	sum_line__end(&line);
}

static void put_latency(struct text_out *o, const struct report *report)
{
	const struct report_table *root = report__find(report, "");
	char count[UNITS_LEN], p50[UNITS_LEN], p99[UNITS_LEN], max[UNITS_LEN];

	if (!table__int(root, 0, "run_queue_latency.count"))
		return;
	units__count(count, (uint64_t)table__int(root, 0, "run_queue_latency.count"));
	units__ns(p50, (uint64_t)table__int(root, 0, "run_queue_latency.p50_ns"));
	units__ns(p99, (uint64_t)table__int(root, 0, "run_queue_latency.p99_ns"));
	units__ns(max, (uint64_t)table__int(root, 0, "run_queue_latency.max_ns"));
	text_out__heading(o, "WAKE-UPS");
	text_out__printf(o, "%s; half ran within %s, 99 %% within %s, all within %s", count, p50,
			 p99, max);
	text_out__end(o);
}

void text__totals(struct text_out *o, const struct report *report)
{
	put_blocked(o, report);
	put_cpus(o, report);
	put_latency(o, report);
}
