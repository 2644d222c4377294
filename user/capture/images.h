/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What gives call stacks their names later: which files the traced processes run code from, and
 * copies of what may be gone by then. Best effort: without it, recording goes on.
 */
#ifndef CAPTURE_IMAGES_H
#define CAPTURE_IMAGES_H

#include <stdint.h>

#include "capture/capture.h"

struct images;
struct wipe;

/* Begins to listen on CPUs below ncpus. NULL when out of memory; NULL is fine for the others. */
struct images *images__open(unsigned int ncpus);
void images__close(struct images *images);
/* Looks at a record of the probes: births, and tasks that existed before. */
void images__note(struct images *images, const void *record);
/*
 * At the start, once the tasks have been noted: the vdso, what is mounted where, and what traced
 * processes have mapped already. Returns 0 or what fn returned if nonzero.
 */
int images__describe(struct images *images, capture_fn fn, void *ctx);
/* As mappings__peek(). */
void images__peek(struct images *images, struct wipe *wipe);
/* Mappings from before before_ns; see mappings__drain(). */
long images__drain(struct images *images, uint64_t before_ns, capture_fn fn, void *ctx);
/* At the end: files that are gone and maps of generated code, on the stream CT_STREAM_HOST. */
int images__finish(struct images *images, capture_fn fn, void *ctx);
uint64_t images__lost(const struct images *images);

#endif
