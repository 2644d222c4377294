/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the same thing is called in every run. Addresses, inodes, line numbers and the numbers of
 * threads change from run to run, and from one build to the next; what is left is a key that
 * people can read.
 */
#ifndef COMPARE_MATCH_H
#define COMPARE_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/strbuf.h"

struct report;
struct report_table;

/* Appends "worker-*" for "worker-12": threads whose names differ in a number at the end only. */
void match__threads(struct strbuf *key, const char *comm);
/* Appends a text without what changes from run to run. */
void match__subject(struct strbuf *key, const char *text);
/* Appends a site in words to `name`, and without its line number to `key`. False: no place. */
bool match__site(struct strbuf *name, struct strbuf *key, const struct report_table *t, size_t row,
		 const char *prefix);
/*
 * Appends kind and name of a row of the table `sync`, of objects without a name the place where
 * they are waited for most.
 */
void match__object(struct strbuf *name, struct strbuf *key, const struct report *report,
		   size_t row);

#endif
