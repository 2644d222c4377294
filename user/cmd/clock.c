// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/clock.h"

#include <time.h>

#include "trace/info.h"

static uint64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

uint64_t clock__monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

void clock__pair(struct trace_info *info)
{
	uint64_t best = UINT64_MAX;
	int i;

	/* We may be interrupted between two readings: the quickest of a few tries is the truest. */
	for (i = 0; i < 5; i++) {
		uint64_t before = read_clock(CLOCK_MONOTONIC);
		uint64_t boottime = read_clock(CLOCK_BOOTTIME);
		uint64_t realtime = read_clock(CLOCK_REALTIME);
		uint64_t took = read_clock(CLOCK_MONOTONIC) - before;

		if (took >= best)
			continue;
		best = took;
		info->clock_monotonic = before + took / 2;
		info->clock_boottime = boottime;
		info->clock_realtime = realtime;
	}
}
