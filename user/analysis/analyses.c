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
	&analysis_deadlocks,   /* which threads wait for each other in a circle */
	&analysis_io,	       /* which files, pipes and sockets they waited for */
	&analysis_disks,       /* requests to block devices */
	&analysis_sleeps,      /* who slept on a timer of its own */
	&analysis_loops,       /* event loops and their turns */
	&analysis_spawn,       /* what it cost to start threads and processes */
	&analysis_herd,	       /* threads that are woken in vain */
	&analysis_oncpu,       /* which code ran */
	&analysis_unresolved,  /* which code could not be named: after all that name some */
	NULL,
};
