/* SPDX-License-Identifier: GPL-2.0-only */
/* What is compared, one row each. */
#ifndef COMPARE_MEASURES_H
#define COMPARE_MEASURES_H

#include "report/report.h"

/* When a difference is too small to be told, whatever its spread. */
enum measure_scale {
	SCALE_WALL,  /* a time, to be seen against the wall time */
	SCALE_COUNT, /* a number of events */
	SCALE_OWN,   /* to be seen against itself */
	SCALE_ANY,   /* every difference counts */
};

/*
 * X(identifier, section, key, words, unit, scale). Sections and keys are those of JSON; the words
 * go before the name of what is measured, if it has one.
 */
#define COMPARE_MEASURES(X)                                                                        \
	X(WALL, "total", "wall_ns", "wall time", U_NS, SCALE_WALL)                                 \
	X(CPU, "total", "cpu_ns", "CPU time", U_NS, SCALE_WALL)                                    \
	X(CPUS_USED, "total", "cpus_used_milli", "CPUs used on average", U_NONE, SCALE_OWN)        \
	X(IDLE, "total", "idle_ns", "idle CPU time", U_NS, SCALE_WALL)                             \
	X(OTHER, "total", "other_ns", "CPU time of other programs", U_NS, SCALE_WALL)              \
	X(RUNNABLE, "total", "runnable_ns", "threads waiting for a CPU", U_NS, SCALE_WALL)         \
	X(BLOCKED, "total", "blocked_ns", "threads blocked", U_NS, SCALE_WALL)                     \
	X(UNKNOWN, "total", "unknown_ns", "not known of threads", U_NS, SCALE_WALL)                \
	X(THREADS, "total", "threads", "threads", U_COUNT, SCALE_ANY)                              \
	X(VOLUNTARY, "total", "voluntary", "voluntary switches", U_COUNT, SCALE_COUNT)             \
	X(INVOLUNTARY, "total", "involuntary", "involuntary switches", U_COUNT, SCALE_COUNT)       \
	X(MIGRATIONS, "total", "migrations", "migrations", U_COUNT, SCALE_COUNT)                   \
	X(WAKEUP_P50, "total", "wakeup_p50_ns", "wake-up to running, half", U_NS, SCALE_OWN)       \
	X(WAKEUP_P99, "total", "wakeup_p99_ns", "wake-up to running, 99 %", U_NS, SCALE_OWN)       \
	X(WAKEUP_MAX, "total", "wakeup_max_ns", "wake-up to running, all", U_NS, SCALE_OWN)        \
	X(BLOCKED_BY, "blocked", "blocked_ns", "blocked by", U_NS, SCALE_WALL)                     \
	X(BLOCKS_BY, "blocked", "blocks", "times blocked by", U_COUNT, SCALE_COUNT)                \
	X(IDLE_BY, "idle", "idle_ns", "idle:", U_NS, SCALE_WALL)                                   \
	X(SYNC_WAIT, "sync", "wait_ns", "waiting for", U_NS, SCALE_WALL)                           \
	X(SYNC_WAITS, "sync", "waits", "waits for", U_COUNT, SCALE_COUNT)                          \
	X(SYNC_HANDOFFS, "sync", "handoffs", "hand-offs of", U_COUNT, SCALE_COUNT)                 \
	X(SYNC_HANDOFF, "sync", "handoff_ns", "handing over", U_NS, SCALE_WALL)                    \
	X(SYNC_OBJECTS, "sync", "objects", "objects:", U_COUNT, SCALE_ANY)                         \
	X(IO_WAIT, "io", "wait_ns", "waiting for", U_NS, SCALE_WALL)                               \
	X(IO_WAITS, "io", "waits", "waits for", U_COUNT, SCALE_COUNT)                              \
	X(THREAD_RUNNING, "threads", "running_ns", "running:", U_NS, SCALE_WALL)                   \
	X(THREAD_RUNNABLE, "threads", "runnable_ns", "waiting for a CPU:", U_NS, SCALE_WALL)       \
	X(THREAD_BLOCKED, "threads", "blocked_ns", "blocked:", U_NS, SCALE_WALL)                   \
	X(THREAD_COUNT, "threads", "threads", "number of threads:", U_COUNT, SCALE_ANY)            \
	X(FINDING, "findings", "ns", "", U_NS, SCALE_ANY)                                          \
	X(PATH, "critical_path", "ns", "", U_NS, SCALE_WALL)                                       \
	X(CPUS, "cpus", "ns", "", U_NS, SCALE_WALL)

enum measure {
#define X(id, section, key, words, unit, scale) MEASURE_##id,
	COMPARE_MEASURES(X)
#undef X
		MEASURES
};

struct measure_row {
	const char *section, *key, *words;
	enum report_unit unit;
	enum measure_scale scale;
};

extern const struct measure_row measures[MEASURES];

#endif
