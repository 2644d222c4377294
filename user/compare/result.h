/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables of a comparison; see docs/compare.md. */
#ifndef COMPARE_RESULT_H
#define COMPARE_RESULT_H

#include <stddef.h>
#include <stdint.h>

struct compare_side;
struct number;
struct numbers;
struct report;
struct strbuf;

struct result {
	struct report *report; /* that is being filled */
	const struct compare_side *sides;
	size_t nsides;
	const struct numbers *all;
	size_t *first;	 /* by side: its first run in the numbers' values; one more at the end */
	size_t *middle;	 /* by side: its run with the median of the wall time, as above */
	int64_t wall_ns; /* of the base */
};

/* Each returns 0 or -ENOMEM. Who was compared, and each of their runs. */
int result__sides(struct result *r);
/* Every number, the largest difference first within each section. */
int result__numbers(struct result *r);
/* Findings, and who has them. */
int result__findings(struct result *r);
/* Of each side but the base: how much it differs in wall time, and where that comes from. */
int result__differences(struct result *r);

/* The words for a number, name included. */
void result__heading(const struct number *n, struct strbuf *out);

#endif
