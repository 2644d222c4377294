/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests to block devices: per device tracks of what was asked, as many as were under way at
 * once, and how many those were.
 */
#ifndef EXPORT_PERFETTO_DISKS_H
#define EXPORT_PERFETTO_DISKS_H

#include <stdint.h>

#include "model/observed.h"
#include "model/slice.h"

struct disks;
struct labels;
struct model;
struct packets;
struct report;

/* `origin` is what times count from. All must outlive it. NULL when out of memory. */
struct disks *disks__new(struct packets *ps, struct labels *labels, const struct model *model,
			 uint64_t origin);
void disks__free(struct disks *d);
/* Those that return int return 0, -ENOMEM or -EIO. */
int disks__request(struct disks *d, const struct model_disk *request);
/* After the last one; describes the tracks in `head`, by the report's names (it may be NULL). */
int disks__finish(struct disks *d, struct packets *head, const struct report *report);

#endif
