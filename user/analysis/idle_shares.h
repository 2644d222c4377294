/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Idle time of CPUs, shared out among its causes while time goes by. Nothing is done per CPU or per
 * thread as it does: clocks run at the rates at which one CPU, or one thread, gets its share, and
 * are read when the CPU or the thread comes or goes.
 */
#ifndef ANALYSIS_IDLE_SHARES_H
#define ANALYSIS_IDLE_SHARES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/cause.h"

/* Why a CPU is idle: what threads are blocked in (enum cause), or one of these. */
enum idle_cause {
	IDLE_WAKEUP = CAUSE_COUNT, /* a thread that was just woken is on its way to a CPU */
	IDLE_BALANCE,		   /* a thread waits for another CPU, and was not moved here */
	IDLE_AFFINITY,		   /* a thread could run, but may not run here */
	IDLE_THROTTLED,		   /* a thread could run, but its CPU quota is used up */
	IDLE_NO_THREAD,		   /* there are not as many threads as CPUs */
	IDLE_UNKNOWN,		   /* records were lost: it is not known what threads did */
	IDLE_CAUSES
};

const char *idle_cause__name(unsigned int cause);

/* How many threads there are of those that could explain an idle CPU, the blocked ones excepted. */
struct idle_threads {
	uint32_t unknown, wakeup, balance, affinity, throttled;
};

struct idle_shares;

struct idle_shares *idle_shares__new(void); /* NULL when out of memory */
void idle_shares__free(struct idle_shares *s);

/* For `ns` everything stays as it is. */
void idle_shares__pass(struct idle_shares *s, const struct idle_threads *threads, uint64_t ns);
/* A CPU becomes idle, or is so no more, whatever it was before. Returns 0 or -ENOMEM. */
int idle_shares__cpu(struct idle_shares *s, uint32_t cpu, bool idle);
/* CPUs that are idle now. */
uint32_t idle_shares__idle(const struct idle_shares *s);
/* So many threads more are blocked in it; object: UINT32_MAX = none. Returns 0 or -ENOMEM. */
int idle_shares__blocked(struct idle_shares *s, enum cause cause, uint32_t object, int more);

/* What threads were blocked in, and how much idle time that explains. */
struct idle_subject {
	unsigned int cause;
	uint32_t object; /* UINT32_MAX = none */
	uint64_t ns;
};

/*
 * At the end, once: rounds to whole nanoseconds. Then the causes of a CPU sum to the time that it
 * was idle, and the subjects of a cause to what all CPUs have of it. Returns 0 or -ENOMEM.
 */
int idle_shares__settle(struct idle_shares *s);
size_t idle_shares__cpus(const struct idle_shares *s);
uint64_t idle_shares__of_cpu(const struct idle_shares *s, uint32_t cpu, unsigned int cause);
/* By subject, also of causes that have none but themselves. */
size_t idle_shares__subjects(const struct idle_shares *s);
struct idle_subject idle_shares__subject(const struct idle_shares *s, size_t i);

#endif
