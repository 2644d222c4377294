// SPDX-License-Identifier: GPL-2.0-only
#include "export/proto.h"

#include <stdlib.h>
#include <string.h>

enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_LEN = 2 };

#define VARINT_MAX 10
/*
 * Room kept for the length of a message: a varint of 4 bytes, padded (any reader takes that), so
 * that content need not move. Below 128 bytes one byte does, and moving is cheap.
 */
#define LENGTH_ROOM 4
#define LENGTH_MAX  ((1u << (7 * LENGTH_ROOM)) - 1)

static bool grow(struct proto *p, size_t more)
{
	size_t size = p->size ? p->size : 256;
	uint8_t *grown;

	if (p->failed)
		return false;
	while (size - p->len < more)
		size *= 2;
	grown = realloc(p->data, size);
	if (!grown) {
		p->failed = true;
		return false;
	}
	p->data = grown;
	p->size = size;
	return true;
}

/* There is no more to write once it failed, so that room alone is to be looked at. */
static inline bool reserve(struct proto *p, size_t more)
{
	return more <= p->size - p->len || grow(p, more);
}

static inline size_t put_varint(uint8_t *to, uint64_t value)
{
	size_t n = 0;

	while (value >= 0x80) {
		to[n++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	to[n++] = (uint8_t)value;
	return n;
}

void proto__packed(struct proto *p, uint64_t value)
{
	if (reserve(p, VARINT_MAX))
		p->len += put_varint(p->data + p->len, value);
}

static void put_tag(struct proto *p, uint32_t field, enum wire_type type)
{
	proto__packed(p, (uint64_t)field << 3 | type);
}

static void put_bytes(struct proto *p, const void *data, size_t len)
{
	if (!len || !reserve(p, len))
		return;
	memcpy(p->data + p->len, data, len);
	p->len += len;
}

void proto__uint(struct proto *p, uint32_t field, uint64_t value)
{
	if (!reserve(p, 2ul * VARINT_MAX))
		return;
	p->len += put_varint(p->data + p->len, (uint64_t)field << 3 | WIRE_VARINT);
	p->len += put_varint(p->data + p->len, value);
}

void proto__int(struct proto *p, uint32_t field, int64_t value)
{
	proto__uint(p, field, (uint64_t)value);
}

void proto__fixed64(struct proto *p, uint32_t field, uint64_t value)
{
	uint8_t raw[8];
	unsigned int i;

	for (i = 0; i < 8; i++)
		raw[i] = (uint8_t)(value >> (8 * i));
	put_tag(p, field, WIRE_FIXED64);
	put_bytes(p, raw, sizeof(raw));
}

void proto__double(struct proto *p, uint32_t field, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	proto__fixed64(p, field, bits);
}

void proto__bytes(struct proto *p, uint32_t field, const void *data, size_t len)
{
	put_tag(p, field, WIRE_LEN);
	proto__packed(p, len);
	put_bytes(p, data, len);
}

/* The length of the valid UTF-8 sequence at s, 0 if there is none: RFC 3629. */
static size_t utf8_sequence(const unsigned char *s, size_t left)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t code;
	size_t n, i;

	if (s[0] < 0x80)
		return 1;
	n = (s[0] & 0xe0) == 0xc0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : (s[0] & 0xf8) == 0xf0 ? 4 : 0;
	if (!n || n > left)
		return 0;
	code = s[0] & (0x7fu >> n);
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return n;
}

void proto__string(struct proto *p, uint32_t field, const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t mark = proto__begin(p, field);
	size_t i, n;

	for (i = 0; i < len; i += n ? n : 1) {
		n = utf8_sequence(s + i, len - i);
		if (n)
			put_bytes(p, s + i, n);
		else
			put_bytes(p, "\xef\xbf\xbd", 3);
	}
	proto__end(p, mark);
}

size_t proto__begin(struct proto *p, uint32_t field)
{
	put_tag(p, field, WIRE_LEN);
	if (reserve(p, LENGTH_ROOM))
		p->len += LENGTH_ROOM;
	return p->len;
}

void proto__end(struct proto *p, size_t mark)
{
	size_t len, i;
	uint8_t *room;

	if (p->failed)
		return;
	len = p->len - mark;
	room = p->data + mark - LENGTH_ROOM;
	if (len > LENGTH_MAX) {
		p->failed = true;
	} else if (len < 0x80) {
		room[0] = (uint8_t)len;
		memmove(room + 1, room + LENGTH_ROOM, len);
		p->len -= LENGTH_ROOM - 1;
	} else {
		for (i = 0; i < LENGTH_ROOM; i++, len >>= 7)
			room[i] = (uint8_t)((len & 0x7f) | (i < LENGTH_ROOM - 1 ? 0x80 : 0));
	}
}

void proto__append(struct proto *p, const struct proto *fields)
{
	put_bytes(p, fields->data, fields->len);
}

void proto__reset(struct proto *p)
{
	p->len = 0;
}

void proto__free(struct proto *p)
{
	free(p->data);
	memset(p, 0, sizeof(*p));
}
