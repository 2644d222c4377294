/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where in the program a thread stood. The site of a call chain is its innermost frame that is the
 * program's own: see plumbing.h. If none is, it is the outermost of the plumbing's frames below
 * those that start threads and programs: the function that was called, as far as is known.
 *
 * Also the report's table stacks[]: whole call chains, those that something in the report refers
 * to. Analyses share it through the report.
 */
#ifndef ANALYSIS_SITES_H
#define ANALYSIS_SITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/report.h"

struct counts;
struct model;
struct sites;

/* Strings live as long as the model. Two stacks with one site give the same pointer. */
struct site {
	const char *function; /* NULL = not known */
	bool nearest;	      /* the nearest exported function: it may be another */
	const char *file;     /* NULL = no line information */
	unsigned int line;
	const char *module; /* never NULL */
	uint64_t offset;    /* in the module's own addresses; of the first stack that led here */
};

/* The columns that sites__set() fills; P goes before each key. */
#define SITE_COLUMNS(P)                                                                            \
	{P "function", "function", R_TEXT, U_NONE, 0}, {P "file", "file", R_TEXT, U_NONE, 0},      \
		{P "line", "line", R_INT, U_NONE, 0}, {P "module", "file", R_TEXT, U_NONE, 0},     \
		{P "offset", "offset", R_TEXT, U_NONE, 0},                                         \
		{P "nearest", "nearest", R_BOOL, U_NONE, R_SKIP_ZERO},                             \
	{                                                                                          \
		P "stack", "stack", R_INT, U_NONE, 0                                               \
	}

/* For use after model__finish. Both must outlive it. Returns NULL when out of memory. */
struct sites *sites__new(const struct model *model, struct report *report);
void sites__free(struct sites *s);

/* The site of a stack id; NULL = not known. */
const struct site *sites__of(struct sites *s, uint64_t stack);
/* Fills the columns of a row; `prefix` as in SITE_COLUMNS. A site that is NULL: nothing. */
void sites__set(struct sites *s, struct report_table *t, size_t row, const char *prefix,
		const struct site *site, uint64_t stack);

struct site_total {
	const struct site *site;
	uint64_t stack; /* the one with the largest sum of those that led there */
	uint64_t n, sum;
};

/*
 * Sums by site of what was counted by stack: those with the largest sum first. At most `most`
 * stacks, the largest, are looked at. Returns the number of sites in out[], at most `most`.
 */
size_t sites__top(struct sites *s, const struct counts *by_stack, struct site_total *out,
		  size_t most);

/* "worker() convoy.c:58", "worker() in convoy", "near f() in libx.so", "convoy+0x11d4"; buf has
 * SITE_TEXT bytes. */
#define SITE_TEXT 256
char *site__text(const struct site *site, char *buf);

#endif
