// SPDX-License-Identifier: GPL-2.0-only
/* How many of the workload's threads ran at the same time, and for how long. */
#include <errno.h>
#include <stdlib.h>

#include "analysis/rows.h"
#include "analysis/sweep.h"
#include "report/report.h"

static const struct report_column columns[] = {
	{"parallelism.mean", "CPUs used on average", R_REAL, U_NONE, 0},
	{"parallelism.unknown_ns", "unknown", R_INT, U_NS, R_SKIP_ZERO},
};

static const struct report_column ns_column[] = {{"", "time", R_INT, U_NS, 0}};

static void *parallelism__begin(const struct analysis_input *in)
{
	return sweep__new(model__cpus(in->model));
}

static int parallelism__slice(void *state, const struct cpu_slice *slice)
{
	return sweep__add(state, slice);
}

static int parallelism__finish(void *state, const struct analysis_input *in, struct report *report)
{
	struct report_table *root = report__add(report, "", "", columns, 2);
	struct report_table *running =
		report__add(report, "", "parallelism.running_ns", ns_column, 1);
	double sum = 0, weighted = 0;
	unsigned int k;
	int err;

	err = sweep__finish(state, model__window_end(in->model));
	if (err)
		return err;
	for (k = 0; k <= sweep__cpus(state); k++) {
		uint64_t ns = sweep__busy_ns(state, k);

		table__set_int(running, table__add_row(running, 0), "", (int64_t)ns);
		sum += (double)ns;
		weighted += (double)ns * k;
	}
	if (sum > 0)
		table__set_real(root, 0, "parallelism.mean", weighted / sum);
	table__set_int(root, 0, "parallelism.unknown_ns", (int64_t)sweep__unknown_ns(state));
	return 0;
}

static void parallelism__end(void *state)
{
	sweep__free(state);
}

const struct analysis analysis_parallelism = {
	.name = "parallelism",
	.begin = parallelism__begin,
	.cpu_slice = parallelism__slice,
	.finish = parallelism__finish,
	.end = parallelism__end,
};
