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

/* What to keep of a recording that nobody may ask for: the rest is dropped. */
struct trace_keep {
	uint64_t ns;	/* the time up to now, at least; 0 = without regard to time */
	uint64_t bytes; /* at most, of events on disk; 0 = as many as that takes */
};

/*
 * Keeps the last part only, in files without a name ($TMPDIR, else /var/tmp), until it is asked
 * for by trace_writer__dump(). `info` as in trace_writer__open(), but its command is not copied.
 */
int trace_writer__open_recent(const struct trace_keep *keep, const struct trace_info *info,
			      struct trace_writer **out, struct error *err);

/*
 * Has what was appended so far, and was not dropped, written to a file of that name. Returns 0 or
 * a negative errno. The next one only when this one is done.
 */
int trace_writer__dump(struct trace_writer *w, const char *path,
		       const struct trace_trailer *trailer);
/* Whether it is done: fills *result with 0 or a negative errno, and stats. */
bool trace_writer__dumped(struct trace_writer *w, int *result, struct trace_writer_stats *stats);
/* True once when all that is told once (stacks, files...) should be told again: it was dropped. */
bool trace_writer__wants_anew(struct trace_writer *w);

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
 * Seals, writes trailer and index, flushes, closes; frees w also on failure. Where the last part is
 * kept nothing is written: then trailer may be NULL. After an earlier
 * write failure it writes no more, and the file is readable up to its last mark.
 * stats (may be NULL) is filled in any case.
 */
int trace_writer__close(struct trace_writer *w, const struct trace_trailer *trailer,
			struct trace_writer_stats *stats, struct error *err);

#endif
