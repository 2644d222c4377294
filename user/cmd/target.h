/* SPDX-License-Identifier: GPL-2.0-only */
/* One exporter at work during an analysis. Its failure is kept here, away from the others. */
#ifndef CMD_TARGET_H
#define CMD_TARGET_H

#include <stdio.h>

#include "cmd/outlet.h"
#include "lib/error.h"

struct analyse_target;
struct export_input;
struct model;
struct report;

struct target {
	const struct analyse_target *what;
	struct outlet *outlet; /* what->outlet, or own; NULL = not begun */
	struct outlet own;
	void *state;
	struct error err; /* the first failure; code 0 = none */
};

/* Before the first record. Adds itself to the model; NULL: there is a report alone. */
void target__begin(struct target *t, const struct analyse_target *what,
		   const struct export_input *in, struct model *model);
/* Once the report is complete: writes what remains, gives the file its name. */
void target__finish(struct target *t, const struct report *report);
/* Frees everything; a file that was not finished goes away. */
void target__end(struct target *t);

/*
 * All of that, for an exporter of a report alone. Returns 0, or a negative errno with err filled.
 */
int target__write(const struct analyse_target *what, const struct report *report,
		  struct error *err);

#endif
