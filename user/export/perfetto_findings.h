/* SPDX-License-Identifier: GPL-2.0-only */
/* What the report found, as instants at the window's start. */
#ifndef EXPORT_PERFETTO_FINDINGS_H
#define EXPORT_PERFETTO_FINDINGS_H

#include <stdint.h>

struct packets;
struct report;

/* `report` may be NULL. `ts` is the window's start. Returns 0, -ENOMEM or -EIO. */
int perfetto_findings__write(struct packets *ps, const struct report *report, uint64_t ts);

#endif
