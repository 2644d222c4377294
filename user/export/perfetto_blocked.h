/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What blocked threads waited for, where Perfetto looks for it: sched_blocked_reason, whose kernel
 * function names the wait ("mutex registry_lock, held by worker-2 (1234)", "sleep").
 */
#ifndef EXPORT_PERFETTO_BLOCKED_H
#define EXPORT_PERFETTO_BLOCKED_H

#include <stdint.h>

struct bundle;
struct labels;
struct packets;
struct task_slice;

/*
 * Tells of a slice of state TASK_BLOCKED; `origin` is what its times count from, `bundle` that of
 * the CPU it left. Returns 0, -ENOMEM or -EIO.
 */
int blocked__add(struct labels *labels, struct packets *ps, struct bundle *bundle, uint64_t origin,
		 const struct task_slice *slice);

#endif
