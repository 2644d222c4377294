/* SPDX-License-Identifier: GPL-2.0-only */
/* One BPF ring buffer per online CPU, polled: probes never wake us. */
#ifndef CAPTURE_RINGS_H
#define CAPTURE_RINGS_H

#include <stdint.h>

#include "capture/capture.h"

struct rings;

/*
 * Creates the rings of `bytes` each (a power of two) and puts them into the map of maps.
 * Returns 0 or a negative errno with err filled.
 */
int rings__new(int outer_map_fd, uint64_t bytes, struct rings **out, struct error *err);
void rings__free(struct rings *rings);

/*
 * Hands on what is there, per CPU in time order (a record that an interrupt overtook gets the
 * time of the one before it). Returns the number of records, or fn's nonzero value.
 */
long rings__drain(struct rings *rings, capture_fn fn, void *ctx);

/* CPU ids that may appear are below this. */
unsigned int rings__cpus(const struct rings *rings);

#endif
