/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A growing string. All-zero is a valid empty one. When memory runs out it keeps what it has and
 * remembers: check strbuf__failed() once at the end.
 */
#ifndef LIB_STRBUF_H
#define LIB_STRBUF_H

#include <stdbool.h>
#include <stddef.h>

struct strbuf {
	char *text; /* NUL-terminated, NULL while empty */
	size_t len, size;
	bool failed;
};

void strbuf__add(struct strbuf *sb, const char *text, size_t len);
void strbuf__puts(struct strbuf *sb, const char *text);
void strbuf__printf(struct strbuf *sb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Untrusted bytes made safe to print: controls, escapes and broken UTF-8 become \xNN. */
void strbuf__add_printable(struct strbuf *sb, const char *text, size_t len);
/*
 * Untrusted bytes as a quoted JSON string: valid UTF-8 kept, controls (also C1, which terminals
 * obey) as \uNNNN, anything else U+FFFD per byte.
 */
void strbuf__add_json(struct strbuf *sb, const char *text, size_t len);
/*
 * Untrusted bytes as a quoted field of a CSV file (RFC 4180): valid UTF-8 kept, any other byte
 * U+FFFD, a control character the picture of it (U+2400 and on; of a C1 control: U+FFFD).
 */
void strbuf__add_csv(struct strbuf *sb, const char *text, size_t len);
/* The shortest of the usual precisions that reads back as the same number; it is finite. */
void strbuf__add_real(struct strbuf *sb, double value);
/* The text, "" while empty. */
const char *strbuf__text(const struct strbuf *sb);
bool strbuf__failed(const struct strbuf *sb);
void strbuf__reset(struct strbuf *sb);
void strbuf__free(struct strbuf *sb);

#endif
