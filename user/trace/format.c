// SPDX-License-Identifier: GPL-2.0-only
#include "trace/format.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <zlib.h>

#include "trace/info.h"

/* No deflate stream grows by more than this factor (zlib's own figure is 1032). */
#define DEFLATE_MAX_RATIO 1040

void format__put_u32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

void format__put_u64(uint8_t *p, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

uint32_t format__get_u32(const uint8_t *p)
{
	uint32_t v = 0;

	for (int i = 3; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

uint64_t format__get_u64(const uint8_t *p)
{
	return (uint64_t)format__get_u32(p + 4) << 32 | format__get_u32(p);
}

void block_head__pack(const struct block_head *head, uint8_t out[BLOCK_HEAD_SIZE])
{
	format__put_u32(out, BLOCK_MAGIC);
	out[4] = head->type;
	out[5] = head->flags;
	out[6] = (uint8_t)head->stream;
	out[7] = (uint8_t)(head->stream >> 8);
	format__put_u64(out + 8, head->first_ns);
	format__put_u64(out + 16, head->last_ns);
	format__put_u32(out + 24, head->events);
	format__put_u32(out + 28, head->raw_len);
	format__put_u32(out + 32, head->stored_len);
	format__put_u32(out + 36, head->crc);
	format__put_u32(out + 40, head->number);
	format__put_u32(out + 44, (uint32_t)crc32(0, out, 44));
}

int block_head__unpack(struct block_head *head, const uint8_t in[BLOCK_HEAD_SIZE])
{
	if (format__get_u32(in) != BLOCK_MAGIC ||
	    format__get_u32(in + 44) != (uint32_t)crc32(0, in, 44))
		return -EBADMSG;
	head->type = in[4];
	head->flags = in[5];
	head->stream = (uint16_t)(in[6] | in[7] << 8);
	head->first_ns = format__get_u64(in + 8);
	head->last_ns = format__get_u64(in + 16);
	head->events = format__get_u32(in + 24);
	head->raw_len = format__get_u32(in + 28);
	head->stored_len = format__get_u32(in + 32);
	head->crc = format__get_u32(in + 36);
	head->number = format__get_u32(in + 40);
	return 0;
}

const char *block_head__check(const struct block_head *head, uint32_t ncpus)
{
	uint32_t max_raw = head->type == BLOCK_INDEX ? BLOCK_MAX_INDEX : BLOCK_MAX_RAW;

	if (head->type >= BLOCK_OPTIONAL)
		return NULL;
	if (head->flags & ~BLOCK_ZLIB)
		return "unknown flags";
	if (head->raw_len > max_raw)
		return "too long";
	/* Compressed payloads are shorter, or they would be stored as they are. */
	if (head->flags & BLOCK_ZLIB ? head->stored_len >= head->raw_len
				     : head->stored_len != head->raw_len)
		return "lengths do not agree";
	if (head->raw_len > (uint64_t)head->stored_len * DEFLATE_MAX_RATIO)
		return "no payload could grow to that length";
	if (head->first_ns > head->last_ns)
		return "ends before it begins";
	if (head->type != BLOCK_EVENTS)
		return NULL;
	if (head->stream >= ncpus && head->stream != TRACE_STREAM_HOST &&
	    head->stream != TRACE_STREAM_MAPS)
		return "from a CPU that the host does not have";
	if (!head->events || head->events > head->raw_len)
		return "impossible number of records";
	return NULL;
}

void footer__pack(uint64_t index_offset, uint8_t out[FOOTER_SIZE])
{
	format__put_u64(out, index_offset);
	format__put_u32(out + 8, (uint32_t)crc32(0, out, 8));
	format__put_u64(out + 12, FOOTER_MAGIC);
}

int footer__unpack(uint64_t *index_offset, const uint8_t in[FOOTER_SIZE])
{
	if (format__get_u64(in + 12) != FOOTER_MAGIC ||
	    format__get_u32(in + 8) != (uint32_t)crc32(0, in, 8))
		return -EBADMSG;
	*index_offset = format__get_u64(in);
	return 0;
}
