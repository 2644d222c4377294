/* SPDX-License-Identifier: GPL-2.0-only */
/* A part of a run, as people write it: --from 200ms --to 1.5s, --from 40%. */
#ifndef CMD_RANGE_H
#define CMD_RANGE_H

#include <stdbool.h>
#include <stdint.h>

struct error;

/* A moment of the run: a time since its start, or a part of its length. */
struct moment {
	bool percent;
	uint64_t ns;	/* unless percent */
	uint64_t parts; /* of a run's RANGE_PARTS */
};

#define RANGE_PARTS UINT64_C(100000000000) /* so that percent may have nine decimals */

/*
 * "1.5s", "200ms", "30us", "7ns", "2" (seconds), "40%". Returns 0, or -EINVAL with err naming the
 * option and the text.
 */
int moment__parse(struct moment *moment, const char *option, const char *text, struct error *err);
/* The time since the run's start; wall_ns is the run's length. */
uint64_t moment__ns(const struct moment *moment, uint64_t wall_ns);

#endif
