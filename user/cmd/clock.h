/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CMD_CLOCK_H
#define CMD_CLOCK_H

#include <stdint.h>

struct trace_info;

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t clock__monotonic(void);
/* Fills clock_monotonic, clock_boottime and clock_realtime with one instant, and what is known of
 * how true the last one is. */
void clock__pair(struct trace_info *info);

#endif
