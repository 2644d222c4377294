// SPDX-License-Identifier: GPL-2.0-only
#include "export/perfetto_samples.h"

#include "export/perfetto_chains.h"
#include "export/perfetto_packets.h"
#include "model/slice.h"

/* Fields of messages that only this file writes: see perfetto_fields.h. */
enum {
	SAMPLE_CPU = 1,
	SAMPLE_PID = 2,
	SAMPLE_TID = 3,
	SAMPLE_CALLSTACK_IID = 4,
	SAMPLE_CPU_MODE = 5,
};

enum { MODE_KERNEL = 1, MODE_USER = 2 };

int perfetto_samples__add(struct packets *ps, struct chains *chains, uint64_t origin,
			  const struct model_sample *sample)
{
	struct proto *p;
	size_t mark;

	if (!sample->task || !sample->task->tid || !sample->task->pid)
		return 0;
	p = packets__timed_begin(ps, origin + sample->ns);
	mark = proto__begin(p, PACKET_PERF_SAMPLE);
	proto__uint(p, SAMPLE_CPU, sample->cpu);
	proto__uint(p, SAMPLE_PID, sample->task->pid);
	proto__uint(p, SAMPLE_TID, sample->task->tid);
	proto__uint(p, SAMPLE_CALLSTACK_IID, chains__sample(chains, sample));
	proto__uint(p, SAMPLE_CPU_MODE, sample->kernel ? MODE_KERNEL : MODE_USER);
	proto__end(p, mark);
	return packets__timed_end(ps);
}
