/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of text for a terminal: display widths, names that are not to be trusted, colour. */
#ifndef EXPORT_TEXT_OUT_H
#define EXPORT_TEXT_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/strbuf.h"

#define TEXT_COLUMNS 80 /* no line is wider */

struct export_input;

enum text_style { TEXT_PLAIN, TEXT_HEADING, TEXT_ALARM, TEXT_GOOD, TEXT_WAIT, TEXT_BLOCKED };

struct text_out {
	FILE *file;
	bool colour;
	bool ascii; /* names, too */
	enum text_style style;
	struct strbuf line, scratch;
	size_t width; /* columns that the line takes so far */
};

/* Colour only on a terminal that has it, and not against NO_COLOR (no-color.org). */
void text_out__init(struct text_out *o, FILE *file);
void text_out__clear(struct text_out *o);

/* begin and end of an exporter whose whole state is one of these. */
int text_out__open(const struct export_input *in, FILE *out, void **state);
void text_out__close(void *state);

/* Columns that valid UTF-8 without control characters takes on a terminal. */
size_t text_width(const char *text);

/* ASCII of our own. */
void text_out__printf(struct text_out *o, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Untrusted text made printable (in ASCII if that is wanted), cut to max columns: "a very long
 * na...". */
void text_out__name(struct text_out *o, const char *name, size_t max);
/* Blanks up to a column. */
void text_out__pad(struct text_out *o, size_t column);
void text_out__style(struct text_out *o, enum text_style style);
/* "HEADING  " in its style, back to plain. */
void text_out__heading(struct text_out *o, const char *heading);
/* Writes the line without trailing blanks. */
void text_out__end(struct text_out *o);
/* "  ... 12 more: conctrace report --json -"; nothing if it is 0. */
void text_out__more(struct text_out *o, size_t n);
/* 0, or -ENOMEM or -EIO if anything failed so far; flushes. */
int text_out__failure(struct text_out *o);

#endif
