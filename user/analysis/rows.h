/* SPDX-License-Identifier: GPL-2.0-only */
/* The analyses that analyses.c lists: one file each. */
#ifndef ANALYSIS_ROWS_H
#define ANALYSIS_ROWS_H

#include "analysis/analysis.h"

extern const struct analysis analysis_run;
extern const struct analysis analysis_cpus;
extern const struct analysis analysis_tasks;
extern const struct analysis analysis_sync;
extern const struct analysis analysis_parallelism;
extern const struct analysis analysis_serial;
extern const struct analysis analysis_latency;
extern const struct analysis analysis_deadlocks;
extern const struct analysis analysis_io;
extern const struct analysis analysis_disks;
extern const struct analysis analysis_sleeps;
extern const struct analysis analysis_loops;
extern const struct analysis analysis_spawn;
extern const struct analysis analysis_herd;
extern const struct analysis analysis_oncpu;
extern const struct analysis analysis_critical_path;
extern const struct analysis analysis_idle;
extern const struct analysis analysis_pythons;
extern const struct analysis analysis_unresolved;
extern const struct analysis analysis_blame;

#endif
