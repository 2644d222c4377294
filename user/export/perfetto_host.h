/* SPDX-License-Identifier: GPL-2.0-only */
/* The trace's first packets: clocks, and the system that it was recorded on. */
#ifndef EXPORT_PERFETTO_HOST_H
#define EXPORT_PERFETTO_HOST_H

struct packets;
struct trace_info;

/* Returns 0, -ENOMEM or -EIO. */
int perfetto_host__write(struct packets *ps, const struct trace_info *info);

#endif
