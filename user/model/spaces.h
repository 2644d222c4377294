/* SPDX-License-Identifier: GPL-2.0-only */
/* Process images: what is mapped where, from a fork or an exec to the next exec. */
#ifndef MODEL_SPACES_H
#define MODEL_SPACES_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/events.h"
#include "model/entity.h"

struct modules;
struct spaces;

/*
 * modules must outlive it; realtime_ns is CLOCK_REALTIME less CLOCK_MONOTONIC of the recording.
 * Returns NULL when out of memory.
 */
struct spaces *spaces__new(struct modules *modules, uint64_t realtime_ns);
void spaces__free(struct spaces *s);

/* A new, empty image that the process has from now on. Returns its id, 0 when out of memory. */
uint32_t spaces__add(struct spaces *s, uint32_t pid);
/* The same, as a copy of another (fork). */
uint32_t spaces__fork(struct spaces *s, uint32_t parent, uint32_t pid);
/* The process' image now; one is added if there is none. 0 when out of memory. */
uint32_t spaces__of_process(struct spaces *s, uint32_t pid);
/* The process has exec'd: the mappings since the last CT_MAP_RESET are its new image. */
uint32_t spaces__exec(struct spaces *s, uint32_t pid);
/* Returns 0 or -ENOMEM. */
int spaces__map(struct spaces *s, const struct ct_map *map);
/* An interpreter that belongs to the last mapping. Returns 0 or -ENOMEM. */
int spaces__runtime(struct spaces *s, const struct ct_runtime *runtime);

/* What is known of the Python in an image; NULL if it has none. */
struct python_state *spaces__python(struct spaces *s, uint32_t id);
size_t spaces__count(const struct spaces *s);
const struct model_space *spaces__at(const struct spaces *s, uint32_t id);
/* Where an address of the image is in a file; module is NULL if that is not known. */
struct frame spaces__frame(const struct spaces *s, uint32_t id, uint64_t ip);

#endif
