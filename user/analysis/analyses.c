// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/analysis.h"

#include <stddef.h>

#include "analysis/rows.h"

const struct analysis *const analyses[] = {
	&analysis_run,
	&analysis_latency,
	&analysis_parallelism,
	&analysis_serial,
	&analysis_cpus,
	&analysis_tasks,
	&analysis_sync,
	&analysis_deadlocks,
	&analysis_blame, /* names objects as sync does */
	&analysis_io,
	&analysis_disks,
	&analysis_sleeps,
	&analysis_loops,
	&analysis_spawn,
	&analysis_herd,
	&analysis_pythons,
	&analysis_oncpu,
	&analysis_critical_path, /* after the objects' names */
	&analysis_idle,		 /* likewise */
	&analysis_unresolved,	 /* after all that name code */
	NULL,
};
