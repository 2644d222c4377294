/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows of the report's tables in words: places, threads, objects. All are untrusted bytes. */
#ifndef EXPORT_TEXT_NAMES_H
#define EXPORT_TEXT_NAMES_H

#include <stddef.h>

#include "lib/strbuf.h"

struct report_table;
struct text_out;

/*
 * Appends "worker() convoy.c:58", "worker() in libx.so", "app+0x11d4" from the columns of a site;
 * prefix goes before each key. False: the row tells no place.
 */
bool text_name__site(struct strbuf *out, const struct report_table *t, size_t row,
		     const char *prefix);
/* Appends "mutex registry_lock", or with the address where there is no name. */
void text_name__object(struct strbuf *out, const struct report_table *t, size_t row);
/* Appends a thread's name, with its tid if `with_tid`. */
void text_name__thread(struct strbuf *out, const struct report_table *t, size_t row, bool with_tid);

/* The first row of a table that belongs to the parent's row, SIZE_MAX if none does. */
size_t text_first_row(const struct report_table *t, size_t parent_row);
/* "  ... 12 more: conctrace report --json -"; nothing if it is 0. */
void text_more(struct text_out *o, size_t n);

#endif
