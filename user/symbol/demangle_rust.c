// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rust's first scheme: a C++ name whose parts have escapes, and whose last part is a hash that is
 * left out here. As compiler/rustc_symbol_mangling/src/legacy.rs writes it.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/demangle.h"

#define HASH_LEN 17 /* "h" and 16 digits */

/* The part at *at: its length in decimal, then its text. Moves *at behind it. */
static bool next_part(const char **at, const char **part, size_t *len)
{
	const char *p = *at;
	size_t n = 0;

	if (!isdigit((unsigned char)*p) || *p == '0')
		return false;
	for (; isdigit((unsigned char)*p); p++) {
		n = n * 10 + (size_t)(*p - '0');
		if (n > 4096)
			return false;
	}
	if (strnlen(p, n) < n)
		return false;
	*part = p;
	*len = n;
	*at = p + n;
	return true;
}

static bool is_hash(const char *part, size_t len)
{
	size_t i;

	if (len != HASH_LEN || *part != 'h')
		return false;
	for (i = 1; i < len; i++)
		if (!isxdigit((unsigned char)part[i]))
			return false;
	return true;
}

static bool add_escape(struct strbuf *out, const char *code, size_t len)
{
	static const struct {
		char code[3], text[2];
	} codes[] = {{"SP", "@"}, {"BP", "*"}, {"RF", "&"}, {"LT", "<"},
		     {"GT", ">"}, {"LP", "("}, {"RP", ")"}, {"C", ","}};
	char digits[8] = {0};
	unsigned long c;
	char *end;
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		if (strlen(codes[i].code) == len && !memcmp(codes[i].code, code, len)) {
			strbuf__puts(out, codes[i].text);
			return true;
		}
	}
	/* $u7b$: a character by its number; those that are not printable ASCII stay as they are. */
	if (len < 2 || len >= sizeof(digits) || *code != 'u')
		return false;
	memcpy(digits, code + 1, len - 1);
	c = strtoul(digits, &end, 16);
	if (*end || c < 0x20 || c > 0x7e)
		return false;
	digits[0] = (char)c;
	strbuf__add(out, digits, 1);
	return true;
}

static void add_part(struct strbuf *out, const char *p, size_t len)
{
	const char *end = p + len, *close;

	/* An identifier must not begin with '$'. */
	if (len >= 2 && p[0] == '_' && p[1] == '$')
		p++;
	while (p < end) {
		if (*p == '$' && (close = memchr(p + 1, '$', (size_t)(end - p - 1))) &&
		    add_escape(out, p + 1, (size_t)(close - p - 1))) {
			p = close + 1;
		} else if (p + 1 < end && p[0] == '.' && p[1] == '.') {
			strbuf__puts(out, "::");
			p += 2;
		} else {
			strbuf__add(out, p++, 1);
		}
	}
}

bool demangle__rust_legacy(struct strbuf *out, const char *name)
{
	const char *at, *part, *next;
	size_t len, next_len;
	bool first = true;

	if (strncmp(name, "_ZN", 3) != 0)
		return false;
	at = name + 3;
	if (!next_part(&at, &part, &len))
		return false;
	while (next_part(&at, &next, &next_len)) {
		if (!first)
			strbuf__puts(out, "::");
		add_part(out, part, len);
		first = false;
		part = next;
		len = next_len;
	}
	return !first && is_hash(part, len) && !strcmp(at, "E");
}
