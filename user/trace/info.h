/* SPDX-License-Identifier: GPL-2.0-only */
/* What a trace file says about itself: known at the start (info) and at the end (trailer). */
#ifndef TRACE_INFO_H
#define TRACE_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/events.h"

#define TRACE_VERSION  2
#define TRACE_MAX_CPUS 1024
/*
 * Streams of records that belong to no CPU: the tasks that existed at the start; what processes
 * have mapped.
 */
#define TRACE_STREAM_HOST CT_STREAM_HOST
#define TRACE_STREAM_MAPS CT_STREAM_MAPS
#define TRACE_STREAMS	  (TRACE_MAX_CPUS + 2)

enum trace_mode { TRACE_COMMAND = 0, TRACE_PID = 1, TRACE_ALL = 2 };

/* Whether CLOCK_REALTIME was held to true time when recording began; written to files. */
enum trace_clock { TRACE_CLOCK_UNKNOWN = 0, TRACE_CLOCK_FREE = 1, TRACE_CLOCK_SYNCED = 2 };

enum trace_stop {			    /* why recording ended; append-only */
		  TRACE_STOP_NONE = 0,	    /* unknown: the recorder was killed */
		  TRACE_STOP_WORKLOAD = 1,  /* the last traced task ended */
		  TRACE_STOP_COMMAND = 2,   /* the command ended, others may live on (--no-wait) */
		  TRACE_STOP_DURATION = 3,  /* -d */
		  TRACE_STOP_INTERRUPT = 4, /* a signal to conctrace */
		  TRACE_STOP_DISK = 5,	    /* the file could not be written any further */
		  TRACE_STOP_SIZE = 6,	    /* the file had become as big as it may */
		  TRACE_STOP_DUMP = 7,	    /* what there was by then was asked for; it went on */
};

/* All strings are owned by whoever filled the struct and live as long as it does. */
struct trace_info {
	char tool[64]; /* "conctrace 0.1.0" */
	char sysname[65], release[65], version[65], machine[65], hostname[65];
	uint32_t ncpus;	   /* CPUs that may appear: ids are below this */
	uint32_t online;   /* of these, online at the start */
	uint64_t start_ns; /* CLOCK_MONOTONIC when all probes were in place: zero of reports */
	uint64_t clock_monotonic, clock_boottime, clock_realtime; /* one instant, ns */
	enum trace_mode mode;
	uint32_t target_pid; /* TRACE_PID */
	uint32_t sample_hz;  /* 0 = no on-CPU samples */
	uint32_t argc;
	char **argv;	     /* the command; NULL without one */
	uint64_t ring_bytes; /* per CPU */
	/* CPU time that the workload's cgroup may use in each period, at the start; 0 = no limit,
	 * or not known. */
	uint64_t quota_us, period_us;
	enum trace_clock clock;
	uint64_t clock_error_us; /* TRACE_CLOCK_SYNCED: at most, as the kernel was told */
	/* The end of a longer recording: from before start_ns there is only what describes the
	 * rest. */
	bool recent;
};

struct trace_trailer {
	uint64_t end_ns; /* CLOCK_MONOTONIC: the last instant that is covered on all CPUs */
	enum trace_stop stop;
	bool has_exit; /* the command ended and was seen to */
	int exit_code; /* valid if signal is 0 */
	int exit_signal;
	uint64_t last_end_ns; /* final switch-out of the last traced task; 0 = some still live */
	uint64_t lost[CT_LOST_KINDS]; /* totals by enum ct_type, as the kernel side counted them */
	uint64_t events;
};

#endif
