/* SPDX-License-Identifier: GPL-2.0-only */
/* A line on the terminal while something takes long; it goes away by itself. */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *doing;
	uint64_t total; /* 0 = not known: no percentage */
	bool wanted;	/* standard error is a terminal */
	bool shown;
	uint64_t next_ns;
};

void progress__begin(struct progress *p, const char *doing, uint64_t total);
/* Shows itself after a second, then at most five times a second. */
void progress__update(struct progress *p, uint64_t done);
void progress__end(struct progress *p);

#endif
