// SPDX-License-Identifier: GPL-2.0-only
#include "symbol/bytes.h"

#include <string.h>

uint64_t bytes__fixed(struct bytes *b, unsigned int size)
{
	const unsigned char *p = bytes__skip(b, size);
	uint64_t value = 0;
	unsigned int i;

	if (!p)
		return 0;
	for (i = 0; i < size; i++)
		value |= (uint64_t)p[i] << 8 * i;
	return value;
}

int64_t bytes__fixed_signed(struct bytes *b, unsigned int size)
{
	uint64_t value = bytes__fixed(b, size), sign;

	if (size < 1 || size > 8)
		return 0;
	sign = (uint64_t)1 << (8 * size - 1);
	return (int64_t)((value ^ sign) - sign);
}

/* The bits of a LEB128 number; *shift: how many, 64 or more if they fill it. */
static uint64_t leb(struct bytes *b, unsigned int *shift, unsigned char *last)
{
	uint64_t value = 0;

	*shift = 0;
	do {
		if (b->at == b->end) {
			b->bad = true;
			*last = 0;
			return 0;
		}
		*last = *b->at++;
		if (*shift < 64)
			value |= (uint64_t)(*last & 0x7f) << *shift;
		*shift += *shift < 64 ? 7 : 0;
	} while (*last & 0x80);
	return value;
}

uint64_t bytes__uleb(struct bytes *b)
{
	unsigned int shift;
	unsigned char last;

	return leb(b, &shift, &last);
}

int64_t bytes__sleb(struct bytes *b)
{
	unsigned int shift;
	unsigned char last;
	uint64_t value = leb(b, &shift, &last);

	if (last & 0x40 && shift < 64)
		value |= UINT64_MAX << shift;
	return (int64_t)value;
}

const unsigned char *bytes__skip(struct bytes *b, uint64_t len)
{
	const unsigned char *p = b->at;

	if (len > (uint64_t)(b->end - b->at)) {
		b->bad = true;
		b->at = b->end;
		return NULL;
	}
	b->at += len;
	return p;
}

const char *bytes__string(struct bytes *b)
{
	const char *text = (const char *)b->at;
	const unsigned char *nul = memchr(b->at, 0, (size_t)(b->end - b->at));

	if (!nul) {
		b->bad = true;
		b->at = b->end;
		return NULL;
	}
	b->at = nul + 1;
	return text;
}
