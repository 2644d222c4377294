// SPDX-License-Identifier: GPL-2.0-only
#include "export/perfetto_blocked.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "export/perfetto_bundle.h"
#include "export/perfetto_fields.h"
#include "export/perfetto_packets.h"
#include "lib/u64map.h"
#include "model/slice.h"

/* Fields of messages that only this file writes: see perfetto_fields.h. */
enum {
	BLOCKED_PID = 1,
	BLOCKED_CALLER = 2,
	BLOCKED_IO_WAIT = 3,
};

struct blocked {
	struct u64map *named; /* ids whose text the trace has; the value means nothing */
};

struct blocked *blocked__new(void)
{
	struct blocked *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->named = u64map__new();
	if (b->named)
		return b;
	free(b);
	return NULL;
}

void blocked__free(struct blocked *b)
{
	if (!b)
		return;
	u64map__free(b->named);
	free(b);
}

/* One id for each cause, one for each object; 0 is none. Perfetto keeps 32 bits of it. */
static uint64_t wait_id(const struct wait *wait)
{
	if (wait->object)
		return (uint64_t)CAUSE_COUNT + 1 + wait->object->id;
	return (uint64_t)wait->cause + 1;
}

static int name_wait(struct blocked *b, struct packets *ps, const struct wait *wait, uint64_t id)
{
	const struct sync_object *object = wait->object;
	char text[64];

	if (u64map__get(b->named, id))
		return 0;
	if (object)
		snprintf(text, sizeof(text), "%s 0x%" PRIx64 "%s", cause__name(object->kind),
			 object->address, object->shared ? " (shared)" : "");
	else
		snprintf(text, sizeof(text), "%s", cause__name(wait->cause));
	packets__intern_symbol(ps, id, text);
	return u64map__set(b->named, id, b);
}

int blocked__add(struct blocked *b, struct packets *ps, struct bundle *bundle, uint64_t origin,
		 const struct task_slice *slice)
{
	uint64_t id = wait_id(slice->wait);
	struct proto *p;
	size_t mark;
	int err;

	err = name_wait(b, ps, slice->wait, id);
	if (err)
		return err;
	/* Just after the switch-out: it speaks of the state that this began. */
	p = bundle__event_begin(bundle, origin + slice->start_ns + 1, slice->task->tid);
	mark = proto__begin(p, EVENT_SCHED_BLOCKED_REASON);
	proto__uint(p, BLOCKED_PID, slice->task->tid);
	proto__uint(p, BLOCKED_CALLER, id);
	proto__uint(p, BLOCKED_IO_WAIT, slice->wait->iowait);
	proto__end(p, mark);
	return bundle__event_end(bundle, ps);
}
