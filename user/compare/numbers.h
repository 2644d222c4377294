/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The numbers of all runs, side by side: each is one measure of one thing, found again in another
 * run by its key.
 */
#ifndef COMPARE_NUMBERS_H
#define COMPARE_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compare/measures.h"

struct numbers;

/* What is said of a number besides its value. */
enum number_label { LABEL_NAME, LABEL_STATE, LABEL_CAUSE, LABEL_COMM, LABEL_SITE, LABELS };

struct number {
	enum measure measure;
	char *key;	      /* "" = the only one of its measure */
	char *labels[LABELS]; /* NULL = none */
	int64_t *values;      /* by run, of all sides in a row; 0 where it is absent */
	bool *present;
	bool *varies; /* by label: it came with different texts */
};

struct numbers *numbers__new(size_t nruns);
void numbers__free(struct numbers *all);
/* True once something did not fit into memory: nothing of it is then to be shown. */
bool numbers__failed(const struct numbers *all);
void numbers__fail(struct numbers *all);

/* Adds to the value that a number has in a run; made if need be. NULL when out of memory. */
struct number *numbers__add(struct numbers *all, enum measure measure, const char *key, size_t run,
			    int64_t value);
/*
 * Labels a number. Where the same number comes with different texts, as the threads of a pool do,
 * it is labelled with `common`.
 */
void numbers__label(struct numbers *all, struct number *n, enum number_label label,
		    const char *text, const char *common);

/* The i-th in the order they came, NULL past the end. */
const struct number *numbers__at(const struct numbers *all, size_t i);
const struct number *numbers__find(const struct numbers *all, enum measure measure,
				   const char *key);

#endif
