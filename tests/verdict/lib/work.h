/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs of tests/verdict share: a known amount of computing, several ways to run in one
 * program, a queue. Threads and processes with names of their own are tools/workloads/lib/crew.h.
 */
#ifndef VERDICT_WORK_H
#define VERDICT_WORK_H

#include <stdint.h>

/* A function that is to be seen in call chains: neither inlined nor left by a tail call. */
#define FRAME	    __attribute__((noinline, noclone))
#define FRAME_END() __asm__ volatile("" ::: "memory")

/*
 * Computes for `us` microseconds of CPU time: the same work each time, however often the thread is
 * preempted. A macro, so that the function that wants it is the one that is seen to compute.
 */
#define COMPUTE_US(us)                                                                             \
	do {                                                                                       \
		uint64_t left_ = (uint64_t)((double)(us)*work__steps_per_us);                      \
		uint64_t value_ = left_;                                                           \
                                                                                                   \
		for (; left_; left_--) {                                                           \
			value_ *= 2654435761u;                                                     \
			__asm__ volatile("" : "+r"(value_));                                       \
		}                                                                                  \
	} while (0)

extern double work__steps_per_us;

/* One way to run a program. */
struct play {
	const char *name;
	void (*run)(void);
};

/*
 * Measures how fast this machine computes (some milliseconds, or none if a parent has done so: it
 * is in the environment), then runs the play that argv[1] names. Returns the exit code.
 */
int work__main(const struct play *plays, unsigned int n, char **argv);
#define PLAYS(plays, argv) work__main(plays, sizeof(plays) / sizeof((plays)[0]), argv)

/* Numbers that look random and are the same in each run. */
uint32_t work__random(uint32_t *state);

/* At most `depth` numbers, first in, first out; a mutex and two condition variables. */
struct queue;

#define QUEUE_END (-1L) /* by convention: nothing comes after it */

struct queue *queue__new(unsigned int depth);
void queue__push(struct queue *queue, long item);
long queue__pop(struct queue *queue);

#endif
