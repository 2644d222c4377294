/* SPDX-License-Identifier: GPL-2.0-only */
/* A hash map from 64-bit keys to pointers. Open addressing; pointers are not owned. */
#ifndef LIB_U64MAP_H
#define LIB_U64MAP_H

#include <stddef.h>
#include <stdint.h>

struct u64map;

/* Returns NULL when out of memory. */
struct u64map *u64map__new(void);
void u64map__free(struct u64map *map);

/* Returns the value, NULL if there is none. */
void *u64map__get(const struct u64map *map, uint64_t key);
/* Inserts or replaces; value must not be NULL. Returns 0 or -ENOMEM. */
int u64map__set(struct u64map *map, uint64_t key, void *value);
/* Returns the removed value, NULL if there was none. */
void *u64map__remove(struct u64map *map, uint64_t key);
size_t u64map__size(const struct u64map *map);

/* Visits all entries in no particular order. Start with *pos = 0; returns NULL at the end. */
void *u64map__next(const struct u64map *map, size_t *pos, uint64_t *key);

#endif
