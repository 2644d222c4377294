/* SPDX-License-Identifier: GPL-2.0-only */
/* The report's tables as tables of a set. */
#ifndef EXPORT_CSV_REPORT_H
#define EXPORT_CSV_REPORT_H

#include <stdint.h>

struct csv_set;
struct report;

/*
 * Writes all of them. The root becomes the table `runs`, with start_unix_ns: when the recording
 * began, in ns since 1970. Returns 0 or a negative errno.
 */
int csv_report__write(struct csv_set *s, const struct report *report, uint64_t start_unix_ns);

#endif
