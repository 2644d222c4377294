/* SPDX-License-Identifier: GPL-2.0-only */
/* The file's frame: its header, the headers of its blocks, its footer. See docs/trace-format.md. */
#ifndef TRACE_FORMAT_H
#define TRACE_FORMAT_H

#include <stdint.h>

#define FILE_MAGIC     0x0a45434152544389u /* "\211CTRACE\n" */
#define FILE_HEAD_SIZE 16		   /* magic, version, length of the info that follows */
#define FILE_MAX_INFO  (8u << 20)

#define BLOCK_MAGIC	0x4b4c4254u /* "TBLK" */
#define BLOCK_HEAD_SIZE 48
#define BLOCK_MAX_RAW	(256u << 10) /* of a block of events, or a trailer */
#define BLOCK_MAX_INDEX (16u << 20)  /* of an index; a file with a longer one goes without */
#define BLOCK_NO_STREAM 0xffff

#define FOOTER_MAGIC 0x0a5845444e495443u /* "CTINDEX\n" */
#define FOOTER_SIZE  20			 /* offset of the index block, its crc, magic */

/* Append-only: written to files. From BLOCK_OPTIONAL on, who does not know a type may skip it. */
enum block_type {
	BLOCK_EVENTS = 1,
	BLOCK_MARK = 2, /* first_ns: all records before it are in the file */
	BLOCK_TRAILER = 3,
	BLOCK_INDEX = 4,
	BLOCK_OPTIONAL = 0x80,
};

enum block_flag {
	BLOCK_ZLIB = 0x01, /* the payload is a zlib stream; otherwise as it is */
};

struct block_head {
	uint8_t type; /* enum block_type */
	uint8_t flags;
	uint16_t stream;
	uint64_t first_ns, last_ns;
	uint32_t events;
	uint32_t raw_len, stored_len; /* bytes of payload before and after compression */
	uint32_t crc;		      /* of the payload as stored */
	uint32_t number;	      /* counts the file's blocks from 0 */
};

/* Little-endian at any address. */
void format__put_u32(uint8_t *p, uint32_t v);
void format__put_u64(uint8_t *p, uint64_t v);
uint32_t format__get_u32(const uint8_t *p);
uint64_t format__get_u64(const uint8_t *p);

void block_head__pack(const struct block_head *head, uint8_t out[BLOCK_HEAD_SIZE]);
/* Returns 0; -EBADMSG if the magic or the checksum of the header is wrong. */
int block_head__unpack(struct block_head *head, const uint8_t in[BLOCK_HEAD_SIZE]);
/* What is wrong with a header whose checksum is right, as words for the user; NULL = nothing. */
const char *block_head__check(const struct block_head *head, uint32_t ncpus);

void footer__pack(uint64_t index_offset, uint8_t out[FOOTER_SIZE]);
/* Returns 0; -EBADMSG if these bytes are no footer. */
int footer__unpack(uint64_t *index_offset, const uint8_t in[FOOTER_SIZE]);

#endif
