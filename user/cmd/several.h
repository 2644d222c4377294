/* SPDX-License-Identifier: GPL-2.0-only */
/* Several recordings read, and something made of their reports, by a process locked up before. */
#ifndef CMD_SEVERAL_H
#define CMD_SEVERAL_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/sandbox.h"

struct error;
struct report;

struct several_work {
	const char *const *files;
	size_t count;
	struct sandbox_options bounds; /* `with` writes its targets; `trace` stays NULL */
	/* Has all reports, in the order of the files; they are freed after it. */
	int (*with)(void *ctx, const struct report *const *reports, struct error *err);
	void *ctx;
	bool (*cancelled)(void *ctx); /* as in analyse_options */
	void *cancel_ctx;
};

/* Does it; there is no way back out. Returns 0 or a negative errno: -EINTR if cancelled. */
int several__read(const struct several_work *work, struct error *err);

/* The same in a process of its own, as confined__run_apart(). */
int several__read_apart(const struct several_work *work, bool (*wait)(void *ctx, int fd),
			void *wait_ctx, struct error *err);

#endif
