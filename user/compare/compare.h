/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports of several runs against each other: which numbers differ, and where the difference in
 * wall time comes from. What comes out is again a report of tables (docs/compare.md).
 */
#ifndef COMPARE_COMPARE_H
#define COMPARE_COMPARE_H

#include <stddef.h>

struct report;

struct compare_run {
	const struct report *report;
	const char *file; /* that it was read from, NULL = none to speak of */
};

/* What is compared: one program, recorded once or several times. The first side is the base. */
struct compare_side {
	const struct compare_run *runs;
	size_t nruns; /* at least 1 */
};

/* Sides and their reports need not outlive the result. Returns NULL when out of memory. */
struct report *compare__new(const struct compare_side *sides, size_t nsides);

#endif
