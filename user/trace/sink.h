/* SPDX-License-Identifier: GPL-2.0-only */
/* The writing end of a file: header, blocks one after the other, index and footer. */
#ifndef TRACE_SINK_H
#define TRACE_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/format.h"

struct error;
struct sink;
struct strbuf;

/* Opens path ("-": standard output). Returns 0, or a negative errno with err filled. */
int sink__open(const char *path, struct sink **out, struct error *err);

/* Writes the file's header around the encoded info. Returns 0, -E2BIG or the error of write(). */
int sink__header(struct sink *s, const struct strbuf *info);

/*
 * Writes one block; head's lengths, crc and number are filled in here. What was written of a
 * block when the disk is full is cut off again, where the file can be cut. Returns 0 or a negative
 * errno.
 */
int sink__block(struct sink *s, struct block_head *head, const uint8_t *raw, size_t raw_len,
		const uint8_t *stored, size_t stored_len);

/*
 * From now on the file shall not grow beyond `most` bytes, with trailer, index and footer; 0 = no
 * limit. Some of that is left for blocks that tell of others. Nothing is refused but by asking
 * sink__fits() first.
 */
void sink__limit(struct sink *s, uint64_t most);
/* Whether a block has room, `len` bytes of payload as stored; `tells`: it is not of a CPU. */
bool sink__fits(const struct sink *s, size_t len, bool tells);

/* Writes the index of the blocks so far, the last of which is the trailer, and the footer. */
int sink__index(struct sink *s);

/* Bytes and blocks written. */
uint64_t sink__bytes(const struct sink *s);
uint64_t sink__blocks(const struct sink *s);

/* Closes the file; frees s in any case. Returns 0 or the negative errno of close(). */
int sink__close(struct sink *s);

#endif
