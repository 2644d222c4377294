/* SPDX-License-Identifier: GPL-2.0-only */
/* Encoded packets on their way to the file, in groups, each compressed into a packet of its own. */
#ifndef EXPORT_PERFETTO_GROUP_H
#define EXPORT_PERFETTO_GROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "export/proto.h"

struct groups;

/* Returns NULL when out of memory. `out` stays the caller's, but not before groups__finish. */
struct groups *groups__new(FILE *out, bool plain);
void groups__free(struct groups *g);

/* Where the next packets are to be added. */
struct proto *groups__next(struct groups *g);
/* Writes what was added, if it is enough for a group. Returns 0, -ENOMEM or -EIO, then forever. */
int groups__put(struct groups *g);
/* Writes the rest, and waits until all is written. */
int groups__finish(struct groups *g);
/* Of all packets so far, before compression. */
uint64_t groups__bytes(const struct groups *g);

#endif
