/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads a trace file in a thread of its own, some records ahead of whoever uses them. */
#ifndef TRACE_AHEAD_H
#define TRACE_AHEAD_H

struct error;
struct read_ahead;
struct trace_event;
struct trace_reader;

/*
 * From here on until read_ahead__free(), r is for read_ahead__next() only, and what never changes
 * of it: info, trailer, bytes. Where there is one CPU, or no thread can be made, r is read when
 * records are wanted. Returns NULL when out of memory.
 */
struct read_ahead *read_ahead__new(struct trace_reader *r);
/* Stops reading, wherever it is. Takes NULL. */
void read_ahead__free(struct read_ahead *a);

/* As trace_reader__next(): the same records, then the same end or error, again and again. */
int read_ahead__next(struct read_ahead *a, struct trace_event *te, struct error *err);

#endif
