/* SPDX-License-Identifier: GPL-2.0-only */
/* Who ran where and who woke whom: the bundles of all CPUs. */
#ifndef EXPORT_PERFETTO_LANES_H
#define EXPORT_PERFETTO_LANES_H

#include <stdbool.h>
#include <stdint.h>

#include "model/slice.h"

struct bundle;
struct model;
struct packets;
struct lanes;

/*
 * `origin` is what slices' times count from, in the trace's clock. Returns NULL when out of
 * memory. `ps` and `model` must outlive it.
 */
struct lanes *lanes__new(struct packets *ps, uint64_t origin, const struct model *model);
void lanes__free(struct lanes *l);

/* Those that return int return 0, -ENOMEM, -EIO, or -EINVAL for a CPU that cannot be. */
int lanes__run(struct lanes *l, const struct cpu_slice *slice);
int lanes__waking(struct lanes *l, const struct model_waking *waking);
/* A runnable slice, if need be with the waking that began it and that the kernel did not report. */
int lanes__runnable(struct lanes *l, const struct task_slice *slice);
/* True if what the CPU did is not known because events were lost. */
bool lanes__is_loss(const struct lanes *l, const struct cpu_slice *slice);
/* Ends what still runs; call after the last slice, then add no more slices. */
int lanes__finish(struct lanes *l);
int lanes__flush(struct lanes *l);

/* A CPU's bundle, of a CPU that cannot be CPU 0's; NULL when out of memory. */
struct bundle *lanes__bundle(struct lanes *l, uint32_t cpu);

/* True if the trace tells of the task's birth by an event, which then also made it runnable. */
bool lanes__has_birth(const struct lanes *l, const struct model_task *task);

#endif
