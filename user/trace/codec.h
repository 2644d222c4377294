/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records of one stream to the payload of one block, and back. A payload is a few columns of
 * numbers (all tags, all times, ...). What can be guessed from the records before it in the same
 * block is left out, and the tag says which guesses were wrong. All state restarts with a block.
 * See docs/trace-format.md for the columns and the guesses.
 */
#ifndef TRACE_CODEC_H
#define TRACE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

union ct_event;
struct coder;

/* In the order of the payload; append-only. */
enum column {
	COL_LOW,    /* times: the difference to the record before, its low 8 bits */
	COL_SWITCH, /* the higher bits of it, of switches */
	COL_OTHER,  /* the same of all other records */
	COL_TAG,    /* one byte per record, and each tag itself where it is new */
	COL_TID,    /* tasks, as numbers of the block's own table */
	COL_FIELD,  /* small fields of switches and wakings, new tids */
	COL_WAIT,   /* system call arguments and futexes */
	COL_RARE,   /* numbers of the other record types */
	COL_TEXT,   /* names */
	COL_ID,	    /* stacks and files, as numbers of the block's own table; from format 2 on */
	COL_NEW_ID, /* those that are new */
	COL_BYTES,  /* stacks, parts of files */
	COLUMNS
};

#define COLUMNS_1 (COL_TEXT + 1) /* of format 1 */

/* Return NULL when out of memory. The same coder either encodes, as TRACE_VERSION says, or decodes.
 */
struct coder *coder__new_encoder(void);
struct coder *coder__new_decoder(uint32_t format);
void coder__free(struct coder *c);

/* Encoding: begins a block of `stream`; base_ns is the time of its first record. */
void coder__start(struct coder *c, unsigned int stream, uint64_t base_ns);
/* true if the block may have no room for this record; one that was just begun has. */
bool coder__full(struct coder *c, const union ct_event *ev);
/* ev must be known to record.h and not lie before its predecessor; it is left as it is. */
void coder__encode(struct coder *c, union ct_event *ev);
/* Bytes of the payload so far. */
size_t coder__payload_size(const struct coder *c);
/* Writes that many bytes; ends[] tells where in them each column ends. */
void coder__payload(const struct coder *c, uint8_t *out, size_t ends[COLUMNS]);

/*
 * Decoding: begins with a payload, which must stay where it is until the last record is taken.
 * Returns 0 or -EBADMSG.
 */
int coder__load(struct coder *c, uint8_t *payload, size_t len, unsigned int stream,
		uint64_t base_ns);
/*
 * Fills ev with the next record. Returns its size or -EBADMSG. What lies behind that size in ev is
 * left as it is.
 */
int coder__decode(struct coder *c, union ct_event *ev);
/* true if nothing of the payload is left. */
bool coder__drained(const struct coder *c);

#endif
