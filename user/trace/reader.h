/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a trace file: all streams merged into one, in time order. Every byte of the file is
 * hostile: damage ends in an error that names block and offset, never in a crash, a hang or
 * unbounded memory.
 */
#ifndef TRACE_READER_H
#define TRACE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/events.h"

struct error;
struct trace_info;
struct trace_trailer;
struct trace_reader;

struct trace_event {
	unsigned int cpu;	  /* TRACE_STREAM_HOST, TRACE_STREAM_MAPS: none */
	size_t size;		  /* of the record in ev, up to the last byte in use */
	const union ct_event *ev; /* valid until the next call */
};

/*
 * Opens a file, "-" being standard input; what cannot seek is copied to an unlinked temporary file
 * ($TMPDIR). Returns 0, or a negative errno with err filled: -ENOENT..., -ENOMSG not a trace
 * file, -EPROTO of a newer version, -EBADMSG damaged.
 */
int trace_reader__open(const char *path, struct trace_reader **out, struct error *err);
void trace_reader__close(struct trace_reader *r);

const struct trace_info *trace_reader__info(const struct trace_reader *r);
/*
 * Always valid. Of a file without a trailer (killed recorder, full disk) it is made up: end_ns is
 * the last mark (start_ns if there is none), stop is TRACE_STOP_NONE, and events counts the blocks
 * before that mark, which may hold some records that are later than it and not handed on.
 */
const struct trace_trailer *trace_reader__trailer(const struct trace_reader *r);
/* true if the file ended without a trailer: what came after the last mark is not there. */
bool trace_reader__truncated(const struct trace_reader *r);
uint64_t trace_reader__bytes(const struct trace_reader *r);

/*
 * The next record in time order. System calls are told by x86-64's numbers, whatever the machine.
 * Ties: of two switches at one instant, the one that switches a task out comes before the one that
 * switches it in; a waking comes before a switch; then by CPU. Returns 1, 0 at the end, or a
 * negative errno with err filled, which it keeps to until rewound.
 */
int trace_reader__next(struct trace_reader *r, struct trace_event *te, struct error *err);
/* Starts again from the first record. Returns 0 or a negative errno. */
int trace_reader__rewind(struct trace_reader *r, struct error *err);

#endif
