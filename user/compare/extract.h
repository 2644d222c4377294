/* SPDX-License-Identifier: GPL-2.0-only */
/* From the tables of one report to numbers that can be compared. */
#ifndef COMPARE_EXTRACT_H
#define COMPARE_EXTRACT_H

#include <stddef.h>

struct numbers;
struct report;

/* Totals, causes, sync objects, targets of IO, threads, findings. Absent tables give nothing. */
void extract__numbers(struct numbers *all, const struct report *report, size_t run);

/*
 * Two ways to take the wall time apart. The parts of each sum to wall_ns, if the report has what
 * they need:
 * - MEASURE_CPUS: what the CPUs did in it, each part divided by the number of CPUs;
 * - MEASURE_PATH: what was on the critical path.
 */
void extract__cpu_parts(struct numbers *all, const struct report *report, size_t run);
void extract__path_parts(struct numbers *all, const struct report *report, size_t run);

#endif
