// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/analysis.h"

#include <stddef.h>

#include "analysis/rows.h"

const struct analysis *const analyses[] = {
	&analysis_run,	       /* what was run, where, for how long; losses */
	&analysis_latency,     /* context switches and run-queue latency of the whole workload */
	&analysis_parallelism, /* how many of its threads ran at once */
	&analysis_cpus,	       /* what each CPU did */
	&analysis_tasks,       /* what each thread did */
	&analysis_sync,	       /* which locks and other objects threads waited for */
	NULL,
};
