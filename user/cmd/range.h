/* SPDX-License-Identifier: GPL-2.0-only */
/* A part of a run, as people write it: --from 200ms --to 1.5s, --from 40%. */
#ifndef CMD_RANGE_H
#define CMD_RANGE_H

#include <stdbool.h>
#include <stdint.h>

struct analyse_options;
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

/* What --from and --to said; a text is NULL if the option was not given. */
struct range {
	const char *from_text, *to_text;
	struct moment from, to;
};

/* Reads both texts. Returns 0, or -EINVAL with err filled. */
int range__parse(struct range *range, struct error *err);
/*
 * As times since the run's start; *to_ns is 0 if the end was not told. A part of the run's length
 * is a time only when that is known: then the trace is read once for it. Returns 0 or a negative
 * errno with err filled: -EINVAL if the range is empty.
 */
int range__find(const struct range *range, const struct analyse_options *opts, uint64_t *from_ns,
		uint64_t *to_ns, struct error *err);
/* Whether anything of a run is left of a range. Returns 0, or -EINVAL with err filled. */
int range__check(uint64_t from_ns, uint64_t wall_ns, struct error *err);

#endif
