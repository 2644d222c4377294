/* SPDX-License-Identifier: GPL-2.0-only */
/* What threads and CPUs did from when to when, a row each; written as it goes by. */
#ifndef EXPORT_CSV_SLICES_H
#define EXPORT_CSV_SLICES_H

#include "model/observed.h"
#include "model/slice.h"

struct csv_set;
struct csv_slices;

/* The set must outlive it, and closes its tables. Returns 0 or a negative errno. */
int csv_slices__new(struct csv_set *s, struct csv_slices **out);
void csv_slices__free(struct csv_slices *c);

/* All return 0 or a negative errno. */
int csv_slices__task(struct csv_slices *c, const struct task_slice *slice);
int csv_slices__cpu(struct csv_slices *c, const struct cpu_slice *slice);
int csv_slices__waking(struct csv_slices *c, const struct model_waking *waking);
int csv_slices__hold(struct csv_slices *c, const struct hold_slice *slice);
int csv_slices__sample(struct csv_slices *c, const struct model_sample *sample);
int csv_slices__disk(struct csv_slices *c, const struct model_disk *disk);
/* After the last one: what is named in the end. */
int csv_slices__finish(struct csv_slices *c, struct csv_set *s);

#endif
