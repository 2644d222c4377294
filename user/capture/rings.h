/* SPDX-License-Identifier: GPL-2.0-only */
/* One BPF ring buffer per online CPU, polled: probes never wake us. */
#ifndef CAPTURE_RINGS_H
#define CAPTURE_RINGS_H

#include <stdint.h>

#include "capture/capture.h"

struct rings;

/*
 * Creates the rings of `bytes` each (a power of two) and the map of maps that holds them, which a
 * thread begins to fill: the kernel takes its time over that. Returns 0 or a negative errno with
 * err filled.
 */
int rings__new(uint64_t bytes, struct rings **out, struct error *err);
/* The map of maps, for the probes to be loaded with; owned by the rings. */
int rings__map_fd(const struct rings *rings);
/* Waits until all rings are in the map. Returns 0 or a negative errno with err filled. */
int rings__ready(struct rings *rings, struct error *err);
void rings__free(struct rings *rings);

/*
 * Hands on what is there, per CPU in time order (a record that an interrupt overtook gets the
 * time of the one before it). Returns the number of records, or fn's nonzero value.
 */
long rings__drain(struct rings *rings, capture_fn fn, void *ctx);

/* CPU ids that may appear are below this. */
unsigned int rings__cpus(const struct rings *rings);

#endif
