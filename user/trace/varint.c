// SPDX-License-Identifier: GPL-2.0-only
#include "trace/varint.h"

#include "lib/strbuf.h"

uint8_t *varint__put(uint8_t *p, uint64_t v)
{
	while (v >= 0x80) {
		*p++ = (uint8_t)v | 0x80;
		v >>= 7;
	}
	*p++ = (uint8_t)v;
	return p;
}

const uint8_t *varint__get(const uint8_t *p, const uint8_t *end, uint64_t *v)
{
	uint64_t value = 0;
	unsigned int shift;

	for (shift = 0; shift < 64 && p < end; shift += 7) {
		uint8_t byte = *p++;

		if (shift == 63 && byte > 1)
			return NULL;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*v = value;
			return p;
		}
	}
	return NULL;
}

void varint__add(struct strbuf *to, uint64_t v)
{
	uint8_t bytes[VARINT_MAX];
	size_t len = (size_t)(varint__put(bytes, v) - bytes);

	strbuf__add(to, (const char *)bytes, len);
}

uint64_t varint_in__next(struct varint_in *in)
{
	uint64_t v = 0;
	const uint8_t *p;

	if (!in->bad && in->p < in->end && *in->p < 0x80) /* most are small */
		return *in->p++;
	p = in->bad ? NULL : varint__get(in->p, in->end, &v);

	if (!p) {
		in->bad = true;
		return 0;
	}
	in->p = p;
	return v;
}

const uint8_t *varint_in__bytes(struct varint_in *in, uint64_t len)
{
	const uint8_t *bytes = in->p;

	if (in->bad || len > (uint64_t)(in->end - in->p)) {
		in->bad = true;
		return NULL;
	}
	in->p += len;
	return bytes;
}
