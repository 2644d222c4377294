// SPDX-License-Identifier: GPL-2.0-only
/* What each CPU did: this program, other programs, nothing. Sums to the window on each. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "analysis/rows.h"
#include "lib/array.h"
#include "report/report.h"

struct cpu_time {
	uint64_t ns[CPU_UNKNOWN + 1]; /* by enum cpu_use */
	bool seen;
};

struct cpus {
	struct cpu_time *time; /* by CPU */
	size_t count;
};

static const struct report_column columns[] = {
	{"cpu", "CPU", R_INT, U_NONE, 0},
	{"workload_ns", "this program", R_INT, U_NS, 0},
	{"other_ns", "other programs", R_INT, U_NS, 0},
	{"idle_ns", "idle", R_INT, U_NS, 0},
	{"unknown_ns", "unknown", R_INT, U_NS, R_SKIP_ZERO},
};

static void *cpus__begin(const struct analysis_input *in)
{
	(void)in;
	return calloc(1, sizeof(struct cpus));
}

static int cpus__slice(void *state, const struct cpu_slice *slice)
{
	struct cpus *cpus = state;
	struct cpu_time *time =
		array__reserve(cpus->time, &cpus->count, slice->cpu, sizeof(*cpus->time));

	if (!time)
		return -ENOMEM;
	cpus->time = time;
	time[slice->cpu].ns[slice->use] += slice->end_ns - slice->start_ns;
	time[slice->cpu].seen = true;
	return 0;
}

static int cpus__finish(void *state, const struct analysis_input *in, struct report *report)
{
	const struct cpus *cpus = state;
	struct report_table *t =
		report__add(report, "", "cpus", columns, sizeof(columns) / sizeof(*columns));
	size_t cpu, row;

	(void)in;
	for (cpu = 0; cpu < cpus->count; cpu++) {
		const uint64_t *ns = cpus->time[cpu].ns;

		if (!cpus->time[cpu].seen)
			continue; /* offline */
		row = table__add_row(t, 0);
		table__set_int(t, row, "cpu", (int64_t)cpu);
		table__set_int(t, row, "workload_ns", (int64_t)ns[CPU_WORKLOAD]);
		table__set_int(t, row, "other_ns", (int64_t)ns[CPU_OTHER]);
		table__set_int(t, row, "idle_ns", (int64_t)ns[CPU_IDLE]);
		table__set_int(t, row, "unknown_ns", (int64_t)ns[CPU_UNKNOWN]);
	}
	return 0;
}

static void cpus__end(void *state)
{
	struct cpus *cpus = state;

	if (!cpus)
		return;
	free(cpus->time);
	free(cpus);
}

const struct analysis analysis_cpus = {
	.name = "cpus",
	.begin = cpus__begin,
	.cpu_slice = cpus__slice,
	.finish = cpus__finish,
	.end = cpus__end,
};
