/* SPDX-License-Identifier: GPL-2.0-only */
/* The probes that read Python's frames: loaded when there is somebody to read them of. */
#ifndef CAPTURE_PYTHONS_H
#define CAPTURE_PYTHONS_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/events.h"

struct bpf_map;
struct pythons;

/* Loads nothing. `after_sample` is where a program goes that runs after each sample. */
struct pythons *pythons__new(const struct bpf_map *rings, uint64_t ring_bytes,
			     const struct bpf_map *after_sample);
void pythons__free(struct pythons *p);
/* Python will run soon: loads what it takes some 50 ms to load. */
void pythons__expect(struct pythons *p);
/* True if it is loaded: then programs that come are to be told of soon, for pythons__see(). */
bool pythons__waits(const struct pythons *p);
/*
 * A process has an interpreter: from now on its stacks are told, if it is one of those that are
 * known and the kernel takes the probes. Then CT_R_FRAMES is set in the record.
 */
void pythons__see(struct pythons *p, struct ct_runtime *runtime);
/* All code and stacks are told again when they are met. */
void pythons__tell_anew(struct pythons *p);
/* Detaches; what was lost stays readable. */
void pythons__stop(struct pythons *p);
void pythons__lost(const struct pythons *p, uint64_t lost[CT_LOST_KINDS]);

#endif
