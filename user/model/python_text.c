// SPDX-License-Identifier: GPL-2.0-only
#include "model/python_text.h"

#include <stdint.h>
#include <string.h>

#include "lib/strbuf.h"

static void put_utf8(struct strbuf *out, uint32_t c)
{
	char bytes[4];
	size_t n = 0;

	if (c < 0x80) {
		bytes[n++] = (char)c;
	} else if (c < 0x800) {
		bytes[n++] = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		bytes[n++] = (char)(0xe0 | c >> 12);
		bytes[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	} else {
		bytes[n++] = (char)(0xf0 | c >> 18);
		bytes[n++] = (char)(0x80 | (c >> 12 & 0x3f));
		bytes[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	}
	if (c >= 0x80)
		bytes[n++] = (char)(0x80 | (c & 0x3f));
	strbuf__add(out, bytes, n);
}

void python_text__put(struct strbuf *out, const unsigned char *text, size_t len, unsigned int kind)
{
	size_t i;

	if (kind != 1 && kind != 2 && kind != 4)
		return;
	for (i = 0; i + kind <= len; i += kind) {
		uint32_t c = 0;
		char byte;

		memcpy(&c, text + i, kind);
		if (!c)
			c = '?';
		if (c >= 0xdc80 && c <= 0xdcff) {
			byte = (char)(c & 0xff);
			strbuf__add(out, &byte, 1);
		} else {
			put_utf8(out, c <= 0x10ffff ? c : '?');
		}
	}
}
