/* SPDX-License-Identifier: GPL-2.0-only */
/* An amount of computing that is the same each time, however often the thread is preempted. */
#ifndef WORKLOADS_LIB_COMPUTE_H
#define WORKLOADS_LIB_COMPUTE_H

#include <stdint.h>

#define STEPS_PER_US 750 /* four cycles each, at some 3 GHz */

/*
 * Goes on from `value` by so many steps, and leaves it changed. A macro, so that the function that
 * wants it is the one that a report shows to compute.
 */
#define COMPUTE(value, steps)                                                                      \
	do {                                                                                       \
		for (uint64_t left_ = (steps); left_; left_--) {                                   \
			(value) = (value)*6364136223846793005ULL + 1442695040888963407ULL;         \
			__asm__ volatile("" : "+r"(value));                                        \
		}                                                                                  \
	} while (0)

/* A function that is to be seen in call chains: neither inlined nor left by a tail call. */
#if __has_attribute(noclone) /* clang makes no clones of what it does not inline */
#define FRAME __attribute__((noinline, noclone))
#else
#define FRAME __attribute__((noinline))
#endif
#define FRAME_END() __asm__ volatile("" ::: "memory")

#endif
