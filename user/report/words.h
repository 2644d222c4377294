/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows of the report's tables in words: places, threads, objects. All are untrusted bytes. */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/strbuf.h"

struct report_table;

/*
 * Appends "worker() convoy.c:58", "worker() in libx.so", "app+0x11d4" from the columns of a site;
 * prefix goes before each key. False: the row tells no place.
 */
bool words__site(struct strbuf *out, const struct report_table *t, size_t row, const char *prefix);
/* Appends "mutex registry_lock", or with the address where there is no name. */
void words__object(struct strbuf *out, const struct report_table *t, size_t row);
/* Appends a thread's name, with its tid if `with_tid`. */
void words__thread(struct strbuf *out, const struct report_table *t, size_t row, bool with_tid);

/* The first row of a table that belongs to the parent's row, SIZE_MAX if none does. */
size_t table__first_row(const struct report_table *t, size_t parent_row);

#endif
