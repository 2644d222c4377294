/* SPDX-License-Identifier: GPL-2.0-only */
/* The options --NAME FILE (or DIR), one per exporter, and where they asked us to write. */
#ifndef CMD_EXPORTS_H
#define CMD_EXPORTS_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/analyse.h"
#include "cmd/options.h"
#include "cmd/range.h"

#define EXPORTS_MOST 16

struct exports {
	const char *path[EXPORTS_MOST]; /* by place in exporters[]; NULL = not asked for */
	bool perfetto_plain;
	struct range range;
};

/* Fills one row per exporter that is an option, and what else belongs to them. Returns their
 * number, at most EXPORTS_MOST. */
size_t exports__rows(struct exports *exports, struct option_row *rows);

/*
 * Lists what was asked for. Returns the number, or a negative errno with err filled: two write
 * to one place, or one would overwrite the trace file, or a file could not be made, or a part of
 * the run is wanted of one that shows the whole alone.
 */
int exports__targets(struct exports *exports, const char *trace, struct analyse_target *targets,
		     struct error *err);

/*
 * Tells the targets which part of the run was asked for, if any; opts names the trace. Returns 0 or
 * a negative errno with err filled.
 */
int exports__find_range(const struct exports *exports, const struct analyse_options *opts,
			struct analyse_target *targets, size_t ntargets, struct error *err);

/* The text report, to a stream. Returns the number of targets added. */
size_t exports__add_text(struct analyse_target *target, FILE *stream,
			 const struct export_view *view);

#endif
