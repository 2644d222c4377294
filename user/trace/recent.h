/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The last part of a recording, in files without a name: blocks come in at the end and are dropped
 * at the beginning, many at a time; carry.h keeps of these what the rest needs. What there is can
 * be written as a trace file of its own, again and again.
 */
#ifndef TRACE_RECENT_H
#define TRACE_RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/format.h"

struct recent;
struct sink;
struct trace_info;
struct trace_keep;
struct trace_trailer;
struct trace_writer_stats;

/* Returns NULL when out of memory. */
struct recent *recent__new(const struct trace_keep *keep);
void recent__free(struct recent *r);

/* Adds a block, its payload as stored. Returns 0 or a negative errno: then nothing more is kept. */
int recent__block(struct recent *r, struct block_head *head, const uint8_t *raw, size_t raw_len,
		  const uint8_t *stored, size_t stored_len);

/*
 * Writes what there is as a file, which is closed in any case, with `info` of the whole recording;
 * the trailer's losses are less those that were dropped. Returns 0 or a negative errno.
 */
int recent__dump(struct recent *r, struct sink *sink, const struct trace_info *info,
		 const struct trace_trailer *trailer, struct trace_writer_stats *stats);

/* See carry__wants_anew(). */
bool recent__wants_anew(struct recent *r);
/* The last mark that came, 0 = none did. */
uint64_t recent__mark_ns(const struct recent *r);
/* Bytes that there are on disk. */
uint64_t recent__bytes(const struct recent *r);

#endif
