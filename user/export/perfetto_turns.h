/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Turns of event loops, on a track below their thread's own: from being woken in epoll, poll,
 * select or io_uring to the next wait there, as the report's table loops counts them.
 */
#ifndef EXPORT_PERFETTO_TURNS_H
#define EXPORT_PERFETTO_TURNS_H

#include <stdbool.h>
#include <stdint.h>

struct model;
struct packets;
struct task_slice;
struct turns_drawn;
struct waits;

/* `waits` decides what is too short to be drawn. Returns NULL when out of memory. */
struct turns_drawn *turns_drawn__new(struct packets *ps, struct waits *waits,
				     const struct model *model, uint64_t origin);
void turns_drawn__free(struct turns_drawn *t);
/* A slice that is blocked with CAUSE_POLL. Those that return int return 0, -ENOMEM or -EIO. */
int turns_drawn__wait(struct turns_drawn *t, const struct task_slice *slice);
/* After the last one: turns that were still going on. Before waits__finish. */
int turns_drawn__finish(struct turns_drawn *t);
/* Whether the thread's track has to be described, for its event loop's is below it. */
bool turns_drawn__has_track(const struct turns_drawn *t, uint32_t task_id);
int turns_drawn__describe(const struct turns_drawn *t, struct packets *head);

#endif
