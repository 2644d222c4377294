/* SPDX-License-Identifier: GPL-2.0-only */
/* From a trace file to a report and its exports, in one pass over the records. */
#ifndef CMD_ANALYSE_H
#define CMD_ANALYSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "export/export.h"

struct analyse_guest;
struct error;
struct outlet;
struct report;

struct analyse_target {
	const struct exporter *exporter;
	const char *path; /* a file, "-" for standard output; or a directory */
	FILE *stream;	  /* where path is NULL; stays open */
	struct export_view view;
	struct outlet *outlet; /* opened already (see cmd/outlet.h); NULL = it is not */
};

struct analyse_options {
	const char *trace;
	const struct analyse_target *targets;
	size_t ntargets;
	const struct analyse_guest *guest; /* see cmd/guest.h; may be NULL */
	/* Asked now and then; true ends the analysis with -EINTR. May be NULL. */
	bool (*cancelled)(void *ctx);
	void *ctx;
};

/*
 * Runs all analyses and writes all targets. A target that cannot be written is left out and does
 * not disturb the others. Returns 0, or a negative errno with err filled: -EINTR if cancelled,
 * what the trace file or the analysis failed with, else what the first target failed with.
 */
int analyse__run(const struct analyse_options *opts, struct error *err);

/*
 * The same, and hands out the report: it needs neither the trace nor the model any more, and is the
 * caller's to free. NULL where that failed.
 */
int analyse__report(const struct analyse_options *opts, struct report **report, struct error *err);

#endif
