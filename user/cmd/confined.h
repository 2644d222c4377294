/* SPDX-License-Identifier: GPL-2.0-only */
/* A recording analysed, and all targets written, by a process that locks itself up before. */
#ifndef CMD_CONFINED_H
#define CMD_CONFINED_H

#include <stdbool.h>

#include "cmd/sandbox.h"

struct error;
struct exports;

struct confined_work {
	struct sandbox_options bounds; /* names the trace and the targets */
	const struct exports *exports; /* which part of the run is asked for; NULL = the whole */
	bool (*cancelled)(void *ctx);  /* as in analyse_options */
	void *ctx;
};

/* Does it; there is no way back out. Returns 0 or a negative errno, as analyse__run(). */
int confined__run(const struct confined_work *work, struct error *err);

/*
 * The same in a process of its own: work->cancelled is not asked, but `wait`, as in apart_work.
 * This process stays what it is, and the targets' streams and files are as they were left there.
 */
int confined__run_apart(const struct confined_work *work, bool (*wait)(void *ctx, int fd),
			void *wait_ctx, struct error *err);

#endif
