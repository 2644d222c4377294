/* SPDX-License-Identifier: GPL-2.0-only */
/* The inside of `conctrace whatif`: what is asked, what it means in this recording, the answer. */
#ifndef CMD_WHATIF_H
#define CMD_WHATIF_H

#include <stdbool.h>
#include <stdio.h>

#include "replay/change.h"
#include "replay/result.h"

struct error;
struct model;
struct report;

/* As the command line has it; NULL = not asked for. */
struct whatif_question {
	const char *without;
	const char *hold, *faster; /* "NAME=FACTOR" */
	const char *io, *sleep;	   /* "FACTOR" */
	uint32_t cpus;		   /* 0 = not asked for */
};

struct whatif_answer {
	struct whatif_question question;
	char *name; /* of the lock or function in hold or faster; owned */
	char *site; /* of faster; owned */
	struct change change;
	struct prediction prediction;
	char limit[256]; /* what limits next, in words */
	char notes[3][160];
	unsigned int nnotes;
};

/*
 * Fills answer->change, all but the lookup of names. Returns 0, or -EINVAL with err saying which
 * option is wrong.
 */
int whatif__parse(struct whatif_answer *answer, struct error *err);
void whatif__free(struct whatif_answer *answer);

/* Which objects the names mean: -EINVAL with err naming those that may be meant. */
int whatif__find(struct whatif_answer *answer, const struct report *report, struct error *err);
/* -EINVAL: no sample is in the function. */
int whatif__no_function(const struct whatif_answer *answer, const struct report *report,
			struct error *err);
/* Puts answer->limit into words. */
void whatif__name_limit(struct whatif_answer *answer, const struct report *report,
			const struct model *model);
void whatif__note(struct whatif_answer *answer, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* At most 12 lines. */
void whatif__print(const struct whatif_answer *answer, FILE *out);
void whatif__print_json(const struct whatif_answer *answer, FILE *out);

#endif
