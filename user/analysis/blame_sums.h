/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocked time by what was waited for and by what it was really spent on: a few words for each such
 * pair, for a bounded number of them. What comes when there is no room goes to a pair that says
 * less, so that the sum stays exact.
 */
#ifndef ANALYSIS_BLAME_SUMS_H
#define ANALYSIS_BLAME_SUMS_H

#include <stddef.h>
#include <stdint.h>

#include "model/cause.h"

#define BLAME_NONE UINT32_MAX /* no object, no task */

/* X(identifier, name in reports): what the time of those who wait is spent on in the end. */
#define BLAME_ROOTS(X)                                                                             \
	X(COMPUTATION, "computation")                                                              \
	X(CPU, "cpu")                                                                              \
	X(DISK, "disk")                                                                            \
	X(NETWORK, "network")                                                                      \
	X(SLEEP, "sleep")                                                                          \
	X(TIMER, "timer")                                                                          \
	X(EXTERNAL, "external")                                                                    \
	X(DEVICE, "device")                                                                        \
	X(DEADLOCK, "deadlock")                                                                    \
	X(UNKNOWN, "unknown")

enum blame_root {
#define X(id, name) BLAME_##id,
	BLAME_ROOTS(X)
#undef X
		BLAME_ROOT_COUNT
};

/* What a place in the program stands for. */
enum blame_site_of { SITE_OF_NONE, SITE_OF_SAMPLE, SITE_OF_RELEASE, SITE_OF_WAKE, SITE_OF_WAIT };

struct blame_site {
	uint64_t stack; /* 0 = not known */
	enum blame_site_of of;
};

/* What was waited for: a cause, and an object or BLAME_NONE. */
#define BLAME_CLASS(cause, object) ((uint64_t)(cause) << 32 | (uint32_t)(object))
#define BLAME_CAUSE(class)	   ((enum cause)((class) >> 32))
#define BLAME_OBJECT(class)	   ((uint32_t)(class))

struct blame_pair {
	uint64_t class, ns;
	uint32_t task; /* whose doing it was; BLAME_NONE: nobody else's */
	enum blame_root root;
	/* The place that most of ns is charged to, if there is one with more than half. */
	struct blame_site site;
	uint64_t site_lead;	/* how far it is ahead of all others */
	struct counts *samples; /* by stack: samples, weighted by how many waited */
};

struct blame_sums;

/* Returns NULL when out of memory. */
struct blame_sums *blame_sums__new(size_t most);
void blame_sums__free(struct blame_sums *s);
/* All return 0 or -ENOMEM. */
int blame_sums__add(struct blame_sums *s, uint64_t class, enum blame_root root, uint32_t task,
		    uint64_t ns, struct blame_site site);
int blame_sums__sample(struct blame_sums *s, uint64_t class, enum blame_root root, uint32_t task,
		       uint64_t stack, uint64_t weight);

size_t blame_sums__count(const struct blame_sums *s);
/* By index; the order is of no meaning, and may be changed. */
struct blame_pair *blame_sums__pairs(struct blame_sums *s);

#endif
