// SPDX-License-Identifier: GPL-2.0-only
#include "tests/fuzz/lib/mend.h"

#include <stdint.h>
#include <zlib.h>

#include "trace/format.h"

/* Where docs/trace-format.md has the fields of a block's header. */
enum { AT_TYPE = 4, AT_FLAGS = 5, AT_RAW = 28, AT_STORED = 32, AT_CRC = 36, AT_NUMBER = 40 };

#define AT_HEAD_CRC (BLOCK_HEAD_SIZE - 4)

/* Where the blocks begin; 0 if there is no room for any. */
static size_t mend_head(uint8_t *file, size_t size, unsigned int how)
{
	size_t len, room;

	if (size < FILE_HEAD_SIZE + 4)
		return 0;
	room = size - FILE_HEAD_SIZE - 4;
	format__put_u64(file, FILE_MAGIC);
	len = format__get_u32(file + 12);
	if (len > room && how & MEND_LENGTHS)
		len = room;
	if (len > room)
		return 0;
	format__put_u32(file + 12, (uint32_t)len);
	if (how & MEND_CHECKSUMS)
		format__put_u32(file + FILE_HEAD_SIZE + len,
				(uint32_t)crc32(0, file, (uInt)(FILE_HEAD_SIZE + len)));
	return FILE_HEAD_SIZE + len + 4;
}

/* Returns the length of the block with its header; 0 if it does not fit. */
static size_t mend_block(uint8_t *block, size_t room, unsigned int how, uint32_t number)
{
	size_t len = format__get_u32(block + AT_STORED);

	room -= BLOCK_HEAD_SIZE;
	if (len > room && how & MEND_LENGTHS)
		len = room;
	if (len > room)
		return 0;
	format__put_u32(block, BLOCK_MAGIC);
	format__put_u32(block + AT_STORED, (uint32_t)len);
	if (how & MEND_PLAIN) {
		block[AT_FLAGS] &= (uint8_t)~BLOCK_ZLIB;
		format__put_u32(block + AT_RAW, (uint32_t)len);
	}
	if (how & MEND_NUMBERS)
		format__put_u32(block + AT_NUMBER, number);
	if (how & MEND_CHECKSUMS) {
		format__put_u32(block + AT_CRC,
				(uint32_t)crc32(0, block + BLOCK_HEAD_SIZE, (uInt)len));
		format__put_u32(block + AT_HEAD_CRC, (uint32_t)crc32(0, block, AT_HEAD_CRC));
	}
	return BLOCK_HEAD_SIZE + len;
}

void mend(uint8_t *file, size_t size, unsigned int how)
{
	size_t at, len, index = 0, end = size;
	uint32_t number = 0;

	at = how ? mend_head(file, size, how) : 0;
	if (!at)
		return;
	if (end - at >= FOOTER_SIZE &&
	    format__get_u64(file + size - FOOTER_SIZE + 12) == FOOTER_MAGIC)
		end -= FOOTER_SIZE;
	while (end - at >= BLOCK_HEAD_SIZE) {
		if (file[at + AT_TYPE] == BLOCK_INDEX)
			index = at;
		len = mend_block(file + at, end - at, how, number++);
		if (!len)
			return;
		at += len;
	}
	if (end < size && how & MEND_CHECKSUMS && index)
		footer__pack(index, file + end);
}
