/* SPDX-License-Identifier: GPL-2.0-only */
/* Sums over a table of the report. */
#ifndef EXPORT_TEXT_SUMS_H
#define EXPORT_TEXT_SUMS_H

#include <stddef.h>
#include <stdint.h>

#define TEXT_BLOCKED_MAX 64

struct report_table;

/* Blocked time of all threads by cause, from the columns blocked_by.* of the table of threads. */
struct text_blocked {
	struct {
		const char *key, *name; /* of the column; both as long-lived as the report */
		uint64_t ns;
	} causes[TEXT_BLOCKED_MAX]; /* largest first, none is zero */
	size_t n;
	uint64_t ns; /* in all */
};

void text_blocked__sum(struct text_blocked *blocked, const struct report_table *tasks);

/* Sum of an integer column; 0 if there is no such table. */
uint64_t text_sum(const struct report_table *t, const char *key);

#endif
