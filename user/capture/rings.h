/* SPDX-License-Identifier: GPL-2.0-only */
/* One ring of records per CPU in memory shared with the probes; polled: probes never wake us. */
#ifndef CAPTURE_RINGS_H
#define CAPTURE_RINGS_H

#include <stdint.h>

#include "capture/capture.h"

struct bpf_map;
struct rings;

/* Sizes the map of rings, `bytes` each (a power of two), before it is loaded. 0 or -errno. */
int rings__size_map(struct bpf_map *map, uint64_t bytes, struct error *err);
/* Maps the rings of the loaded map. Returns 0 or a negative errno with err filled. */
int rings__open(struct bpf_map *map, uint64_t bytes, struct rings **out, struct error *err);
void rings__free(struct rings *rings);

/* What is there by now is what rings__drain() will hand on; what comes later stays for the next. */
void rings__mark(struct rings *rings);
/*
 * Hands on what was there at the mark, per CPU in time order (a record that an interrupt overtook
 * gets the time of the one before it). Returns the number of records, or fn's nonzero value.
 */
long rings__drain(struct rings *rings, capture_fn fn, void *ctx);

/* CPU ids that may appear are below this. */
unsigned int rings__cpus(const struct rings *rings);

#endif
