/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether output is well-formed, judged by code that shares nothing with what wrote it. */
#ifndef FUZZ_SOUND_H
#define FUZZ_SOUND_H

#include <stdbool.h>
#include <stddef.h>

/* RFC 8259, and no more than 1000 levels; strings are valid UTF-8. */
bool sound__json(const char *text, size_t len);
/* One element with all that it holds, as far as we write XML: no doctype, no CDATA. */
bool sound__xml(const char *text, size_t len);
/* Valid UTF-8 without controls but newlines; no lone surrogates. */
bool sound__text(const char *text, size_t len);
/* RFC 4180, and as many fields in each line as in the first. */
bool sound__csv(const char *text, size_t len);

#endif
