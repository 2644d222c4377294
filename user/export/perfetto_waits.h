/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * On the threads' own tracks: which objects, and which input and output they waited for, and arrows
 * from who woke them.
 *
 * Not all of it, or nothing could be seen, and the file would be large: while the trace has more
 * bytes than its events are worth, the shortest that is drawn becomes twice as long, again and
 * again, and half as long when there is room. A track tells how many were not drawn. What is not
 * drawn still is in the threads' states.
 */
#ifndef EXPORT_PERFETTO_WAITS_H
#define EXPORT_PERFETTO_WAITS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/slice.h"

#define WAITS_SHORTEST_NS 1000

struct chains;
struct labels;
struct model;
struct packets;
struct waits;

struct waits_input {
	struct packets *ps;
	struct labels *labels;
	struct chains *chains;
	const struct model *model;
	uint64_t origin; /* what slices' times count from */
};

/* Copied; what it points to must outlive it. Returns NULL when out of memory. */
struct waits *waits__new(const struct waits_input *in);
void waits__free(struct waits *w);
/* Whether anything of that length is to be drawn, and counts it: for turns of event loops, too. */
bool waits__draws(struct waits *w, uint64_t start_ns, uint64_t end_ns);
/* Likewise of holds: short ones are drawn as long as there are not too many. */
bool waits__draws_hold(struct waits *w, uint64_t start_ns, uint64_t end_ns);
/* A slice of state TASK_BLOCKED. Those that return int return 0, -ENOMEM or -EIO. */
int waits__add(struct waits *w, const struct task_slice *slice);
/* Whether anything is on the thread's own track, which then has to be described. */
bool waits__has_track(const struct waits *w, uint32_t task_id);
/* After the last one; tells in `head` what is not drawn. */
int waits__finish(struct waits *w, struct packets *head);

#endif
