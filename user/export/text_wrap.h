/* SPDX-License-Identifier: GPL-2.0-only */
/* Text in pieces that flows over several lines; no piece is broken unless it is too long alone. */
#ifndef EXPORT_TEXT_WRAP_H
#define EXPORT_TEXT_WRAP_H

#include <stddef.h>

#include "export/text_out.h"

struct text_wrap {
	struct text_out *o;
	size_t indent; /* of all lines but the one it began in */
	bool padded, any;
};

/* Goes on in the line that was begun; at its start, after `indent` blanks. */
void text_wrap__begin(struct text_wrap *w, struct text_out *o, size_t indent);
/*
 * separator: our own ASCII between this piece and the one before; its last character, a blank, is
 * left out at a line's end. text: untrusted.
 */
void text_wrap__add(struct text_wrap *w, const char *separator, const char *text);
/* Ends the line; without any piece, there is no line. */
void text_wrap__end(struct text_wrap *w);

#endif
