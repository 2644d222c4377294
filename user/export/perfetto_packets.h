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

struct packets_setup {
	bool first;	 /* the trace begins with these packets; else they come behind others */
	bool plain;	 /* they are not compressed */
	uint64_t origin; /* the incremental clocks show this at first: see perfetto_host.c */
};

/* `out` stays the caller's, but not before packets__finish. Returns NULL when out of memory. */
struct packets *packets__new(FILE *out, const struct packets_setup *setup);
void packets__free(struct packets *ps);

/* Opens a packet; the caller adds its fields to what is returned, then calls packets__end. */
struct proto *packets__begin(struct packets *ps);
/* Returns 0, -ENOMEM or -EIO; a failure is repeated forever. */
int packets__end(struct packets *ps);
/* From here on packets mean the incremental clock. To be told before the first one with a time. */
int packets__defaults(struct packets *ps);

/* Likewise one with a time, which is written a little later, in the order of times. */
struct proto *packets__timed_begin(struct packets *ps, uint64_t ts);
int packets__timed_end(struct packets *ps);
/* Likewise an event on a track. */
struct proto *packets__event(struct packets *ps, uint64_t ts, enum perfetto_event_type type,
			     uint64_t track);
int packets__event_end(struct packets *ps);
int packets__end_slice(struct packets *ps, uint64_t ts, uint64_t track);
int packets__counter(struct packets *ps, uint64_t track, uint64_t ts, double value);
/* Of a counter that has whole numbers only. */
int packets__count_of(struct packets *ps, uint64_t track, uint64_t ts, uint64_t value);
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
	int32_t rank;	       /* among its siblings, the least first; 0 = its number's */
	/*
	 * When the thread or process is there already: Perfetto looks for the one that has the id
	 * at that time. 0 for what belongs to none.
	 */
	uint64_t ts;
	const char *description; /* untrusted; NULL = none */
};

int packets__describe(struct packets *ps, const struct track_description *track);
/* Ranks of processes and threads count: else Perfetto has its own order. */
int packets__ranks_count(struct packets *ps);
/* The short form. */
int packets__track(struct packets *ps, uint64_t uuid, uint64_t parent, const char *name,
		   const char *unit);

/* One recorded event more is told of. Whether there are more bytes than the events are worth. */
void packets__count(struct packets *ps);
bool packets__are_many(const struct packets *ps);
bool packets__are_few(const struct packets *ps);

/* Writes what is left. Returns 0, -ENOMEM or -EIO. */
int packets__finish(struct packets *ps);

#endif
