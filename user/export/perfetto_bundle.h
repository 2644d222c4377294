/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One CPU's scheduling events, gathered until there are enough for a packet. Within a bundle
 * switches come in time order, and so do wakings; the single events need no order.
 */
#ifndef EXPORT_PERFETTO_BUNDLE_H
#define EXPORT_PERFETTO_BUNDLE_H

#include <stdbool.h>
#include <stdint.h>

struct bundle;
struct packets;
struct proto;

/* Who is switched to or woken: what the trace repeats with each event. */
struct bundle_task {
	uint32_t tid;
	uint8_t prio;
	const char *comm; /* untrusted; only its first 15 bytes count */
};

/* Returns NULL when out of memory. */
struct bundle *bundle__new(uint32_t cpu);
void bundle__free(struct bundle *b);

/* Each makes room by writing the bundle if it is full. Return 0, -ENOMEM or -EIO. */
int bundle__switch(struct bundle *b, struct packets *ps, uint64_t ts, uint32_t prev_state,
		   const struct bundle_task *next);
int bundle__waking(struct bundle *b, struct packets *ps, uint64_t ts,
		   const struct bundle_task *wakee, uint32_t target_cpu, uint32_t common_flags);

/*
 * Opens an event of any other kind, by the task `tid`: the caller adds the event's own message to
 * what is returned, then calls bundle__event_end.
 */
struct proto *bundle__event_begin(struct bundle *b, uint64_t ts, uint32_t tid);
int bundle__event_end(struct bundle *b, struct packets *ps);

/* The next packet says that events of this CPU were lost. */
void bundle__mark_lost(struct bundle *b);
int bundle__flush(struct bundle *b, struct packets *ps);

#endif
