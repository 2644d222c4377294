/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verdict: what holds the program back, worst first, from the report's tables alone. A rule
 * knows one fault; what it needs was measured by the analyses.
 */
#ifndef VERDICT_VERDICT_H
#define VERDICT_VERDICT_H

struct report;

#define VERDICT_MOST  7 /* findings that are told */
#define VERDICT_ALIKE 3 /* of them, of one kind */

/* Adds the table `findings` to a report that is otherwise complete. Returns 0 or -ENOMEM. */
int verdict__judge(struct report *report);

/*
 * Where a replay has said since what the run would be without a fault (the columns `without`), that
 * is its cost, and findings are ranked again. Where it could not, `unpredicted` may say why.
 * Returns 0 or -ENOMEM.
 */
int verdict__weigh(struct report *report);

#endif
