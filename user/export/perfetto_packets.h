/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace packets, all of one sequence, written in groups, compressed or plain: memory holds one
 * group. Times given here and in the other perfetto_*.h are in the trace's clock, boottime ns.
 */
#ifndef EXPORT_PERFETTO_PACKETS_H
#define EXPORT_PERFETTO_PACKETS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "export/perfetto_fields.h"
#include "export/proto.h"

struct packets;

/*
 * `first`: the trace begins with these packets; else they come behind others. `plain`: they are not
 * compressed. `out` stays the caller's. Returns NULL when out of memory.
 */
struct packets *packets__new(FILE *out, bool first, bool plain);
void packets__free(struct packets *ps);

/* Opens a packet; the caller adds its fields to what is returned, then calls packets__end. */
struct proto *packets__begin(struct packets *ps);
/* Returns 0, -ENOMEM or -EIO; a failure is repeated forever. */
int packets__end(struct packets *ps);

/* Likewise an event on a track; packets__event_end returns as packets__end. */
struct proto *packets__event(struct packets *ps, uint64_t ts, enum perfetto_event_type type,
			     uint64_t track);
int packets__event_end(struct packets *ps);
int packets__end_slice(struct packets *ps, uint64_t ts, uint64_t track);
int packets__counter(struct packets *ps, uint64_t track, uint64_t ts, double value);
/* A slice with a name and nothing else. */
int packets__slice(struct packets *ps, uint64_t track, uint64_t start, uint64_t end,
		   const char *name);
/* Annotations of an open event; ids of interned strings, see perfetto_labels.h. */
void packets__note_int(struct proto *p, uint64_t name_iid, uint64_t value);
void packets__note_text(struct proto *p, uint64_t name_iid, uint64_t text_iid);

/* A counter's must come before its first value; of a slice's track it may come at any time. */
struct track_description {
	uint64_t uuid, parent; /* parent 0 = none */
	const char *name;      /* untrusted; NULL = that of the thread or process */
	const char *unit;      /* of a counter; NULL = a track of slices */
	uint32_t pid, tid;     /* a process's own track: pid alone; a thread's: both; else 0 */
	bool alone;	       /* no other track of that name is the same one */
};

int packets__describe(struct packets *ps, const struct track_description *track);
/* The short form. */
int packets__track(struct packets *ps, uint64_t uuid, uint64_t parent, const char *name,
		   const char *unit);

/* Writes what is left. Returns 0, -ENOMEM or -EIO. */
int packets__finish(struct packets *ps);

#endif
