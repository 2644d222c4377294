/* SPDX-License-Identifier: GPL-2.0-only */
/* The report's critical path as one track: who was on it, doing what. */
#ifndef EXPORT_PERFETTO_PATH_H
#define EXPORT_PERFETTO_PATH_H

#include <stdint.h>

struct packets;
struct report;

/* `report` may be NULL. `origin` is what its times count from. Returns 0, -ENOMEM or -EIO. */
int perfetto_path__write(struct packets *ps, const struct report *report, uint64_t origin);

#endif
