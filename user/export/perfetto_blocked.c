// SPDX-License-Identifier: GPL-2.0-only
#include "export/perfetto_blocked.h"

#include "export/perfetto_bundle.h"
#include "export/perfetto_fields.h"
#include "export/perfetto_labels.h"
#include "export/proto.h"
#include "model/slice.h"

/* Fields of messages that only this file writes: see perfetto_fields.h. */
enum {
	BLOCKED_PID = 1,
	BLOCKED_CALLER = 2,
	BLOCKED_IO_WAIT = 3,
};

int blocked__add(struct labels *labels, struct packets *ps, struct bundle *bundle, uint64_t origin,
		 const struct task_slice *slice)
{
	struct proto *p;
	size_t mark;

	/* Just after the switch-out: it speaks of the state that this began. */
	p = bundle__event_begin(bundle, origin + slice->start_ns + 1, slice->task->tid);
	mark = proto__begin(p, EVENT_SCHED_BLOCKED_REASON);
	proto__uint(p, BLOCKED_PID, slice->task->tid);
	proto__uint(p, BLOCKED_CALLER, labels__blocked(labels, slice->wait));
	if (slice->wait->iowait)
		proto__uint(p, BLOCKED_IO_WAIT, 1);
	proto__end(p, mark);
	return bundle__event_end(bundle, ps);
}
