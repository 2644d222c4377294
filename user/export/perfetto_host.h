/* SPDX-License-Identifier: GPL-2.0-only */
/* The trace's first packets: clocks, and the system that it was recorded on. */
#ifndef EXPORT_PERFETTO_HOST_H
#define EXPORT_PERFETTO_HOST_H

#include <stdint.h>

struct packets;
struct trace_info;

/* `origin`: what packets__new was told. Returns 0, -ENOMEM or -EIO. */
int perfetto_host__write(struct packets *ps, const struct trace_info *info, uint64_t origin);

#endif
