/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace packets, all of one sequence, written in compressed groups: memory holds one group.
 * Times given here and in the other perfetto_*.h are in the trace's clock, boottime ns.
 */
#ifndef EXPORT_PERFETTO_PACKETS_H
#define EXPORT_PERFETTO_PACKETS_H

#include <stdint.h>
#include <stdio.h>

#include "export/proto.h"

struct packets;

/* Returns NULL when out of memory. `out` stays the caller's. */
struct packets *packets__new(FILE *out);
void packets__free(struct packets *ps);

/* Opens a packet; the caller adds its fields to what is returned, then calls packets__end. */
struct proto *packets__begin(struct packets *ps);
/* Returns 0, -ENOMEM or -EIO; a failure is repeated forever. */
int packets__end(struct packets *ps);

/* Makes iid stand for a kernel symbol in this packet's successors, and in the next packet. */
void packets__intern_symbol(struct packets *ps, uint64_t iid, const char *text);

/* Tracks for what is no scheduling. parent 0 = none; unit NULL = slices, else a counter. */
int packets__track(struct packets *ps, uint64_t uuid, uint64_t parent, const char *name,
		   const char *unit);
int packets__counter(struct packets *ps, uint64_t uuid, uint64_t ts, double value);
int packets__slice(struct packets *ps, uint64_t uuid, uint64_t start, uint64_t end,
		   const char *name);

/* Writes what is left. Returns 0, -ENOMEM or -EIO. */
int packets__finish(struct packets *ps);

#endif
