/* SPDX-License-Identifier: GPL-2.0-only */
/* How long a lock was held at a time, while others waited for it. */
#ifndef ANALYSIS_HOLD_TIMES_H
#define ANALYSIS_HOLD_TIMES_H

#include <stddef.h>

struct hold_slice;
struct hold_times;
struct report_table;

/*
 * A slice of one object's, in time order; *t is made at need. Slices of one holder that touch are
 * one holding. Returns 0 or -ENOMEM.
 */
int hold_times__add(struct hold_times **t, const struct hold_slice *slice);
/* Sets the columns hold.count, hold.p50_ns and hold.max_ns; NULL: none of them. */
void hold_times__set(struct hold_times *t, struct report_table *table, size_t row);
void hold_times__free(struct hold_times *t);

#endif
