/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The same work done in several ways (threads, processes, an event loop, ...), side by side: what
 * each took. What comes out is a report of one table, "models" (docs/workloads.md).
 */
#ifndef COMPARE_MODELS_H
#define COMPARE_MODELS_H

#include <stdbool.h>
#include <stddef.h>

struct report;

struct models_side {
	const char *model;		     /* what the way is called */
	char **command;			     /* NULL-terminated */
	const struct report *const *reports; /* of its runs */
	size_t nreports;		     /* at least 1 */
};

struct models_work {
	const char *kind; /* of work */
	const char *language;
	/* The name of a process that belongs to what is worked on: told apart; NULL = none. */
	const char *server;
};

/*
 * The first side is the sequential one, that the others are compared with. Of several runs the one
 * with the median wall time counts. Returns NULL when out of memory.
 */
struct report *models__new(const struct models_work *work, const struct models_side *sides,
			   size_t nsides);

#endif
