/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes a trace file: append-only, in self-contained blocks; a second thread compresses and
 * writes, so that append never waits for the disk unless a bounded queue is full.
 */
#ifndef TRACE_WRITER_H
#define TRACE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct trace_info;
struct trace_trailer;
struct trace_writer;

struct trace_writer_stats {
	uint64_t events, bytes, blocks;
};

/*
 * Opens path for writing ("-" is standard output; a new file is readable for its owner alone), and
 * writes the header. info is copied.
 * Returns 0, or a negative errno with err filled; *out is then NULL.
 */
int trace_writer__open(const char *path, const struct trace_info *info, struct trace_writer **out,
		       struct error *err);

/*
 * Appends one record (bpf/events.h) of `size` bytes to a stream: a CPU's number, or
 * TRACE_STREAM_HOST or _MAPS. Records of one stream must come in time order; one that is late by up
 * to a millisecond, as when an interrupt overtook it, is stored with its predecessor's time.
 * Returns 0; -EINVAL for a record that is too short for its type, of unknown type, later than
 * that, or of a stream that is none (not written); after a write failure the negative errno of
 * that, forever.
 */
int trace_writer__append(struct trace_writer *w, unsigned int stream, const void *record,
			 size_t size);

/*
 * Seals the open blocks and says: all records of all streams before `complete_ns` have been
 * appended. A file whose recorder is killed is trusted up to its last such mark. Costs some 100
 * bytes per stream, as each block starts from nothing: meant for about once a second.
 * Returns 0 or the writer's failure.
 */
int trace_writer__mark(struct trace_writer *w, uint64_t complete_ns);

/*
 * The file shall not grow beyond `most` bytes (0 = as it likes). When it would, records of CPUs are
 * no more written, and the trailer says TRACE_STOP_SIZE and ends with the last instant of which
 * all is there. Call before the first record.
 */
void trace_writer__limit(struct trace_writer *w, uint64_t most);
/* Whether that has come about: appending goes on to succeed, but to no effect. */
bool trace_writer__full(const struct trace_writer *w);

/* 0, or the negative errno that ended writing (disk full...). */
int trace_writer__failure(const struct trace_writer *w);

/*
 * Seals, writes trailer and index, flushes, closes; frees w also on failure. After an earlier
 * write failure it writes no more, and the file is readable up to its last mark.
 * stats (may be NULL) is filled in any case.
 */
int trace_writer__close(struct trace_writer *w, const struct trace_trailer *trailer,
			struct trace_writer_stats *stats, struct error *err);

#endif
