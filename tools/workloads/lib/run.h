/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One measured run: hands out operations until the time or the work is used up, gathers what was
 * done, prints the result line. Lives in memory that forked children share.
 */
#ifndef WORKLOADS_LIB_RUN_H
#define WORKLOADS_LIB_RUN_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "lib/fail.h"

struct load;
struct run;

/* CLOCK_MONOTONIC, ns. */
uint64_t now_ns(void);
/* CPUs that this process may use, at least 1. */
unsigned int usable_cpus(void);
/*
 * Sleeps for that long, also through signals. A macro, so that the function that wants it is the
 * one that a report shows to sleep.
 */
#define sleep_ns(ns)                                                                               \
	do {                                                                                       \
		struct timespec left_ = timespec_of(ns);                                           \
		int err_;                                                                          \
                                                                                                   \
		do {                                                                               \
			err_ = clock_nanosleep(CLOCK_MONOTONIC, 0, &left_, &left_);                \
		} while (err_ == EINTR);                                                           \
		check(err_, "clock_nanosleep");                                                    \
	} while (0)
struct timespec timespec_of(uint64_t ns);

/* Starts the clock. */
struct run *run__start(const struct load *load);
/* The number of the next operation, each given out once; false when it is time to stop. */
bool run__next(struct run *run, uint64_t *op);
/* When the time is up, CLOCK_MONOTONIC ns; UINT64_MAX = no limit. */
uint64_t run__deadline(const struct run *run);
/* Adds to what was done; `sum` goes into a checksum that does not depend on the order. */
void run__add(struct run *run, uint64_t ops, uint64_t sum);
/* What was added so far. */
uint64_t run__ops(struct run *run);
/* For how long one operation took; the longest one of all. */
void run__took(struct run *run, uint64_t ns);
uint64_t run__longest(struct run *run);
/*
 * Stops the clock, prints
 *   NAME: ops=N seconds=S ops_per_s=R workers=N checksum=HEX
 * and frees the run. Returns the exit code.
 */
int run__finish(struct run *run, const char *name, unsigned int workers);

#endif
