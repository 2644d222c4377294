// SPDX-License-Identifier: GPL-2.0-only
#include "lib/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(struct strbuf *sb, size_t more)
{
	size_t size = sb->size ? sb->size : 64;
	char *grown;

	if (sb->failed)
		return false;
	while (size < sb->len + more + 1)
		size *= 2;
	if (size == sb->size)
		return true;
	grown = realloc(sb->text, size);
	if (!grown) {
		sb->failed = true;
		return false;
	}
	sb->text = grown;
	sb->size = size;
	return true;
}

void strbuf__add(struct strbuf *sb, const char *text, size_t len)
{
	if (!reserve(sb, len))
		return;
	memcpy(sb->text + sb->len, text, len);
	sb->len += len;
	sb->text[sb->len] = '\0';
}

void strbuf__puts(struct strbuf *sb, const char *text)
{
	strbuf__add(sb, text, strlen(text));
}

void strbuf__printf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0 || !reserve(sb, (size_t)len))
		return;
	va_start(ap, fmt);
	vsnprintf(sb->text + sb->len, (size_t)len + 1, fmt, ap);
	va_end(ap);
	sb->len += (size_t)len;
}

/* The length of the well-formed UTF-8 sequence at p (Unicode 15, table 3-7), 0 if it is none. */
static size_t utf8_len(const unsigned char *p, size_t left)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t i, n;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n > left)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

/* C0 and C1 controls and DEL, and the marks that reorder or hide text on a terminal. */
static bool is_control(const unsigned char *p, size_t n)
{
	if (n == 1)
		return p[0] < 0x20 || p[0] == 0x7f;
	if (n == 2)
		return p[0] == 0xc2 && p[1] < 0xa0;
	if (n != 3 || p[0] != 0xe2)
		return false;
	return (p[1] == 0x80 &&
		((p[2] >= 0x8b && p[2] <= 0x8f) || (p[2] >= 0xa8 && p[2] <= 0xae))) ||
	       (p[1] == 0x81 && p[2] >= 0xa0 && p[2] <= 0xaf);
}

void strbuf__add_printable(struct strbuf *sb, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t i, n, k;

	for (i = 0; i < len; i += n) {
		n = utf8_len(p + i, len - i);
		if (n && !is_control(p + i, n)) {
			strbuf__add(sb, text + i, n);
			continue;
		}
		if (!n)
			n = 1;
		for (k = 0; k < n; k++)
			strbuf__printf(sb, "\\x%02x", p[i + k]);
	}
}

static void add_json_ascii(struct strbuf *sb, char c)
{
	switch (c) {
	case '"':
	case '\\':
		strbuf__printf(sb, "\\%c", c);
		break;
	case '\n':
		strbuf__puts(sb, "\\n");
		break;
	case '\t':
		strbuf__puts(sb, "\\t");
		break;
	default:
		if ((unsigned char)c < 0x20 || c == 0x7f)
			strbuf__printf(sb, "\\u%04x", (unsigned char)c);
		else
			strbuf__add(sb, &c, 1);
	}
}

void strbuf__add_json(struct strbuf *sb, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t i, n;

	strbuf__puts(sb, "\"");
	for (i = 0; i < len; i += n ? n : 1) {
		n = utf8_len(p + i, len - i);
		if (n == 1)
			add_json_ascii(sb, text[i]);
		else if (n == 2 && is_control(p + i, n)) /* C1: its number is its second byte */
			strbuf__printf(sb, "\\u%04x", p[i + 1]);
		else if (n)
			strbuf__add(sb, text + i, n);
		else
			strbuf__puts(sb, "\\ufffd");
	}
	strbuf__puts(sb, "\"");
}

void strbuf__add_csv(struct strbuf *sb, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t i, n;

	strbuf__puts(sb, "\"");
	for (i = 0; i < len; i += n ? n : 1) {
		n = utf8_len(p + i, len - i);
		if (!n || (n == 2 && is_control(p + i, n)))
			strbuf__puts(sb, "\xef\xbf\xbd");
		else if (n == 1 && is_control(p + i, n))
			strbuf__printf(sb, "\xe2\x90%c", 0x80 + (p[i] == 0x7f ? 0x21 : p[i]));
		else if (p[i] == '"')
			strbuf__puts(sb, "\"\"");
		else
			strbuf__add(sb, text + i, n);
	}
	strbuf__puts(sb, "\"");
}

void strbuf__add_real(struct strbuf *sb, double value)
{
	char text[40];
	int digits;

	for (digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (digits == 17 || strtod(text, NULL) == value)
			break;
	}
	strbuf__puts(sb, text);
}

const char *strbuf__text(const struct strbuf *sb)
{
	return sb->text ? sb->text : "";
}

bool strbuf__failed(const struct strbuf *sb)
{
	return sb->failed;
}

void strbuf__reset(struct strbuf *sb)
{
	sb->len = 0;
	if (sb->text)
		sb->text[0] = '\0';
}

void strbuf__free(struct strbuf *sb)
{
	free(sb->text);
	memset(sb, 0, sizeof(*sb));
}
