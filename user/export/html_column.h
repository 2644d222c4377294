/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A column of the HTML timeline: numbers, or bytes, packed as they come and written in the end as
 * text that a page may hold. What exceeds a bound goes to a file without a name.
 */
#ifndef EXPORT_HTML_COLUMN_H
#define EXPORT_HTML_COLUMN_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct column;

/* Returns NULL when out of memory. */
struct column *column__new(void);
void column__free(struct column *c);

/* Appends a number as LEB128. Returns 0 or a negative errno. */
int column__put(struct column *c, uint64_t value);
/* Appends bytes as they are. Returns 0 or a negative errno. */
int column__bytes(struct column *c, const void *bytes, size_t len);
/* Appends all of the file from its beginning. Returns 0 or a negative errno. */
int column__file(struct column *c, FILE *file);

/*
 * Ends the column and writes it: deflated (RFC 1951, raw), in base64 (RFC 4648), which has no
 * character that is markup. Returns 0 or a negative errno.
 */
int column__write(struct column *c, FILE *out);

#endif
