/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads lines of text that is not to be trusted, and hexadecimal numbers in them. */
#ifndef SYMBOL_TEXTLINE_H
#define SYMBOL_TEXTLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The next line, [*line, *end), without its newline; moves *at on. False at the end of the text. */
bool textline__next(const char **at, const char *text_end, const char **line, const char **end);
/* A number and the blanks behind it, from *at on, which is moved. False if there is none. */
bool textline__hex(const char **at, const char *end, uint64_t *value);

#endif
