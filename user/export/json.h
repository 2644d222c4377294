/* SPDX-License-Identifier: GPL-2.0-only */
/* The report as JSON, or parts of it, for exporters that hold some. */
#ifndef EXPORT_JSON_H
#define EXPORT_JSON_H

#include <stdio.h>

struct report;

/*
 * parts: names of the report's members, as "wall_ns", or of members of these that are objects, as
 * "io.disks"; then NULL. Returns 0, -ENOMEM or -EIO.
 */
int json__write_parts(FILE *out, const struct report *report, const char *const *parts);

#endif
