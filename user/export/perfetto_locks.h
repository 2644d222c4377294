/* SPDX-License-Identifier: GPL-2.0-only */
/* A track for each sync object that somebody held while others waited: who, and how many waited. */
#ifndef EXPORT_PERFETTO_LOCKS_H
#define EXPORT_PERFETTO_LOCKS_H

#include <stdint.h>

#include "model/slice.h"

struct labels;
struct locks;
struct model;
struct packets;
struct u64map;
struct waits;

/* `waits` decides what is too short to draw. `origin` is what slices' times count from. All must
 * outlive it. NULL when out of memory. */
struct locks *locks__new(struct packets *ps, struct labels *labels, struct waits *waits,
			 const struct model *model, uint64_t origin);
void locks__free(struct locks *l);
/* Those that return int return 0, -ENOMEM or -EIO. */
int locks__hold(struct locks *l, const struct hold_slice *slice);
/* After the last one. */
int locks__finish(struct locks *l);
/* After labels__write; the tracks. `told`: pids of processes whose own tracks are described. */
int locks__describe(struct locks *l, struct packets *head, struct u64map *told);

#endif
