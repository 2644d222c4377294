/* SPDX-License-Identifier: GPL-2.0-only */
/* Sync objects: what futex waits are about, one per (process image, address). */
#ifndef MODEL_OBJECTS_H
#define MODEL_OBJECTS_H

#include <stddef.h>
#include <stdint.h>

#include "model/slice.h"

struct objects;

struct objects *objects__new(void);
void objects__free(struct objects *o);

/*
 * The object that has a futex word at `address` in the process image `space` (unique per process
 * and exec). NULL if nothing has waited there yet.
 */
struct sync_object *objects__find(struct objects *o, uint32_t space, uint64_t address);

/*
 * Finds or adds it; an object with two words (condvar, rwlock) is found by either. A kind that
 * is more telling than the one before replaces it. Returns NULL when out of memory.
 */
struct sync_object *objects__get(struct objects *o, uint32_t space, uint32_t pid, uint64_t address,
				 enum cause kind);

size_t objects__count(const struct objects *o);
const struct sync_object *objects__at(const struct objects *o, size_t id);

#endif
