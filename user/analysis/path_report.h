/* SPDX-License-Identifier: GPL-2.0-only */
/* The critical path's tables: critical_path.by and critical_path.segments. */
#ifndef ANALYSIS_PATH_REPORT_H
#define ANALYSIS_PATH_REPORT_H

#include <stdint.h>

struct model;
struct path_rows;
struct report;
struct segments;

/* `rows` by number as in `segments`. After the table of sync objects. Returns 0 or -ENOMEM. */
int path_report__fill(const struct model *model, struct path_rows *rows,
		      const struct segments *segments, struct report *report);

#endif
