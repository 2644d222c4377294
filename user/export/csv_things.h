/* SPDX-License-Identifier: GPL-2.0-only */
/* What slices refer to by ids: threads, sync objects, files. */
#ifndef EXPORT_CSV_THINGS_H
#define EXPORT_CSV_THINGS_H

struct csv_set;
struct model;
struct report;

/* Writes the tables threads, objects and files. Returns 0 or a negative errno. */
int csv_things__write(struct csv_set *s, const struct model *model, const struct report *report);

#endif
