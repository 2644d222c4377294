/* SPDX-License-Identifier: GPL-2.0-only */
/* Sync objects: what futex waits are about, one per (process image, address); kernel locks. */
#ifndef MODEL_OBJECTS_H
#define MODEL_OBJECTS_H

#include <stddef.h>
#include <stdint.h>

#include "model/slice.h"

struct objects;

struct objects *objects__new(void);
void objects__free(struct objects *o);

/*
 * Where an object is. In memory of one process: its image and the address. In memory that processes
 * share: space 0, and ct_switch_futex.shared, which is the same in all of them. A kernel lock:
 * space OBJECTS_KERNEL and the kernel's address.
 */
#define OBJECTS_KERNEL UINT32_MAX
struct object_key {
	uint32_t space;
	uint64_t address;
};

/* The object that has a futex word there; NULL if nothing has waited there yet. */
struct sync_object *objects__find(struct objects *o, struct object_key key);

/*
 * Finds or adds it, as first waited for by `pid` at `address`. `offset` is where the word at the
 * key lies in an object of this kind (futex__offset()): one with several words is found by each.
 * A kind that is more telling than the one before replaces it. Returns NULL when out of memory.
 */
struct sync_object *objects__get(struct objects *o, struct object_key key, uint32_t pid,
				 uint64_t address, enum cause kind, unsigned int offset);

size_t objects__count(const struct objects *o);
const struct sync_object *objects__at(const struct objects *o, size_t id);

#endif
