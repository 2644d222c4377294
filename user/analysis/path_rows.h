/* SPDX-License-Identifier: GPL-2.0-only */
/* What the critical path consists of, summed up by who did what, and where. */
#ifndef ANALYSIS_PATH_ROWS_H
#define ANALYSIS_PATH_ROWS_H

#include <stddef.h>

#include "model/past.h"

struct counts;
struct path_rows;

/* What is not of its state is 0, ids PAST_NONE: so that equal things are equal in all bytes. */
struct path_what {
	uint32_t task; /* PAST_NONE: nobody knows */
	uint32_t object, file;
	uint32_t from;	   /* blocked: a task outside the workload that ended it */
	uint8_t state;	   /* enum task_state */
	uint8_t cause;	   /* blocked: enum cause */
	uint8_t woken_by;  /* blocked: enum wake_source */
	uint8_t preempted; /* runnable */
};

struct path_row {
	struct path_what what;
	uint64_t ns, pieces, samples;
	struct counts *stacks; /* running: samples; blocked: ns */
	uint32_t next;	       /* of the same hash; PAST_NONE at the end */
};

/* Returns NULL when out of memory. */
struct path_rows *path_rows__new(void);
void path_rows__free(struct path_rows *rows);

/*
 * The number of the row of these, which is made if need be. Beyond a bound, things are no longer
 * told apart: objects, files and who is outside are left out. Returns 0 or -ENOMEM.
 */
int path_rows__find(struct path_rows *rows, const struct path_what *what, uint32_t *number);
/* Both pointers hold until the next row is made. */
struct path_row *path_rows__at(struct path_rows *rows, uint32_t number);
size_t path_rows__count(const struct path_rows *rows);

/* A stack that was found there, or waited at for so long. Returns 0 or -ENOMEM. */
int path_rows__stack(struct path_rows *rows, uint32_t number, uint64_t stack, uint64_t weight);

#endif
