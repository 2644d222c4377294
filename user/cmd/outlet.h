/* SPDX-License-Identifier: GPL-2.0-only */
/* Where an export goes to: opened while we still may, named when it is complete. */
#ifndef CMD_OUTLET_H
#define CMD_OUTLET_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/error.h"

struct analyse_target;
struct broker;
struct outdir;
struct outfile;

struct outlet {
	const struct analyse_target *what;
	struct outfile *file; /* NULL when it is a stream of the caller's, or a directory */
	FILE *stream;	      /* of one or the other */
	struct outdir *dir;
	struct broker *broker; /* gives the name, and takes away; NULL = we do so ourselves */
	unsigned int number;   /* among those of the broker */
	struct error err;      /* why it could not be opened; code 0 = it could */
};

/* Returns 0, or a negative errno, then the failure is kept. */
int outlet__open(struct outlet *p, const struct analyse_target *what);
/* Whether something has been made that needs its name yet. */
bool outlet__is_unnamed(const struct outlet *p);
/* Gives it its name. Returns 0, or a negative errno with err filled: then nothing is left. */
int outlet__commit(struct outlet *p, struct error *err);
/* Closes it; what has no name yet goes away. */
void outlet__close(struct outlet *p);

#endif
