/* SPDX-License-Identifier: GPL-2.0-only */
/* The timeline for the terminal: CPUs, threads and locks over a part of the run. */
#ifndef EXPORT_TIMELINE_H
#define EXPORT_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/slice.h"

struct error;
struct model;
struct report;
struct timeline;

struct timeline_view {
	uint64_t from_ns, to_ns; /* since the window's start; to_ns 0 = up to its end */
	const char *const *tasks;
	size_t ntasks; /* tids or names; 0 = the busiest */
	const char *const *syncs;
	size_t nsyncs;	/* names or ids; 0 = the most contended locks */
	bool all;	/* all threads and CPUs */
	size_t columns; /* of a line */
	bool unicode;	/* else all is ASCII */
};

/* The view's strings must outlive it. Returns NULL when out of memory. */
struct timeline *timeline__new(const struct timeline_view *view);
void timeline__free(struct timeline *t);

/* start_ns: the window's. Return 0 or -ENOMEM. */
int timeline__task(struct timeline *t, const struct task_slice *slice, uint64_t start_ns);
int timeline__cpu(struct timeline *t, const struct cpu_slice *slice, uint64_t start_ns);
int timeline__hold(struct timeline *t, const struct hold_slice *slice, uint64_t start_ns);
/*
 * Draws it, once. Returns 0 or a negative errno with err filled: a thread or an object of that name
 * is not there. The range begins before the run's end.
 */
int timeline__draw(struct timeline *t, const struct report *report, FILE *out, struct error *err);

#endif
