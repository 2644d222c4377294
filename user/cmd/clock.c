// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/clock.h"

#include <sys/timex.h>
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

/* adjtimex(2): maxerror grows from what the time daemon last said, 500 us each second. */
static void look_at_daemon(struct trace_info *info)
{
	struct timex now = {.modes = 0};

	if (adjtimex(&now) < 0)
		return;
	info->clock = now.status & STA_UNSYNC ? TRACE_CLOCK_FREE : TRACE_CLOCK_SYNCED;
	if (info->clock == TRACE_CLOCK_SYNCED && now.maxerror > 0)
		info->clock_error_us = (uint64_t)now.maxerror;
}

void clock__pair(struct trace_info *info)
{
	uint64_t best = UINT64_MAX;
	int i;

	look_at_daemon(info);
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
