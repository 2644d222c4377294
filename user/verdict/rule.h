/* SPDX-License-Identifier: GPL-2.0-only */
/* A rule finds one kind of fault: one file each, and one row in rules.c. */
#ifndef VERDICT_RULE_H
#define VERDICT_RULE_H

#include "verdict/facts.h"
#include "verdict/finding.h"

/* What costs less than that is not worth anybody's time. */
#define SHARE_LEAST 0.05

struct rule {
	const char *code;
	/* Adds as many findings as there are faults of its kind, as a rule none. */
	void (*judge)(const struct facts *facts, struct findings *out);
};

/* In the order in which they are asked: a later one sees what earlier ones found. NULL at the end.
 */
extern const struct rule *const rules[];

/* The largest share that findings of this code have so far; 0 = there is none. */
double findings__share(const struct findings *f, const char *code);
/* True if one of this code is about that thread. */
bool findings__about(const struct findings *f, const char *code, int64_t tid);
/* The largest share of any code that is about the program. */
double findings__worst(const struct findings *f);

#endif
