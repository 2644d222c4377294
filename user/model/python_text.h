/* SPDX-License-Identifier: GPL-2.0-only */
/* Text as Python has it in memory. */
#ifndef MODEL_PYTHON_TEXT_H
#define MODEL_PYTHON_TEXT_H

#include <stddef.h>

struct strbuf;

/*
 * Adds characters of `kind` bytes each (1, 2, 4; of any other kind nothing) as UTF-8. Bytes of a
 * file's name that are none in its encoding are characters from U+DC80 on (PEP 383): they are those
 * bytes again.
 */
void python_text__put(struct strbuf *out, const unsigned char *text, size_t len, unsigned int kind);

#endif
