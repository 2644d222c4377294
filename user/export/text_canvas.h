/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the drawn picture of time share: its layout and its letters. */
#ifndef EXPORT_TEXT_CANVAS_H
#define EXPORT_TEXT_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "export/text_out.h"
#include "export/text_picture.h"

struct canvas {
	const struct picture *picture;
	const struct picture_wish *wish;
	uint64_t span_ns, step_ns;    /* a column is step_ns */
	size_t label, columns;	      /* columns of the names, and of the lanes */
	const struct thread **shown;  /* in the order of their lanes */
	size_t nshown, ncpus;	      /* CPUs that there are */
	char *letters;		      /* row by row: CPUs, threads */
	bool used[128];		      /* letters */
	bool cpu_idle, asleep, joint; /* joint: one lane for all CPUs */
};

/* The letter of a thread by which lanes of locks name it; 0 = it has none. */
char canvas__key(const struct canvas *c, const struct model_task *task);

/* A letter of a lane (enum lane_state or cause), as it is drawn. */
char letters__of(unsigned int state);
void letters__put(struct text_out *o, char letter, bool unicode);
/* Heading, the time of a column, and what the letters that are used mean. */
void letters__legend(struct text_out *o, const struct canvas *c);

/* The times along the lanes: one line. */
void axis__put(struct text_out *o, const struct canvas *c);

/* Two lanes for each lock that was wished for: who held it, how many waited. */
void lock_rows__put(struct text_out *o, const struct canvas *c);

#endif
