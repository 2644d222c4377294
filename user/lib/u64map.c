// SPDX-License-Identifier: GPL-2.0-only
#include "lib/u64map.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_SLOTS 64

struct slot {
	uint64_t key;
	void *value; /* NULL = empty */
};

struct u64map {
	struct slot *slots;
	size_t nslots; /* a power of two */
	size_t used;
};

/* splitmix64's finalizer (Steele, Lea, Flood 2014): spreads pids and addresses alike. */
static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ULL;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

struct u64map *u64map__new(void)
{
	struct u64map *map = calloc(1, sizeof(*map));

	if (!map)
		return NULL;
	map->nslots = FIRST_SLOTS;
	map->slots = calloc(map->nslots, sizeof(*map->slots));
	if (!map->slots) {
		free(map);
		return NULL;
	}
	return map;
}

void u64map__free(struct u64map *map)
{
	if (!map)
		return;
	free(map->slots);
	free(map);
}

/* The slot that holds key, or the empty one where it belongs. */
static struct slot *find(const struct u64map *map, uint64_t key)
{
	size_t i = mix(key) & (map->nslots - 1);

	while (map->slots[i].value && map->slots[i].key != key)
		i = (i + 1) & (map->nslots - 1);
	return &map->slots[i];
}

static int grow(struct u64map *map)
{
	struct u64map bigger = {.nslots = map->nslots * 2};
	size_t i;

	bigger.slots = calloc(bigger.nslots, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	for (i = 0; i < map->nslots; i++)
		if (map->slots[i].value)
			*find(&bigger, map->slots[i].key) = map->slots[i];
	free(map->slots);
	map->slots = bigger.slots;
	map->nslots = bigger.nslots;
	return 0;
}

void *u64map__get(const struct u64map *map, uint64_t key)
{
	return find(map, key)->value;
}

int u64map__set(struct u64map *map, uint64_t key, void *value)
{
	struct slot *slot;

	if (!value)
		return -EINVAL;
	if ((map->used + 1) * 4 > map->nslots * 3 && grow(map))
		return -ENOMEM;
	slot = find(map, key);
	if (!slot->value)
		map->used++;
	slot->key = key;
	slot->value = value;
	return 0;
}

void *u64map__remove(struct u64map *map, uint64_t key)
{
	struct slot *slot = find(map, key);
	void *value = slot->value;
	size_t hole, i, home, mask = map->nslots - 1;

	if (!value)
		return NULL;
	hole = (size_t)(slot - map->slots);
	map->slots[hole].value = NULL;
	map->used--;
	/* Move later members of the run back into the hole (Knuth 6.4, algorithm R). */
	for (i = (hole + 1) & mask; map->slots[i].value; i = (i + 1) & mask) {
		home = mix(map->slots[i].key) & mask;
		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		map->slots[hole] = map->slots[i];
		map->slots[i].value = NULL;
		hole = i;
	}
	return value;
}

size_t u64map__size(const struct u64map *map)
{
	return map->used;
}

void *u64map__next(const struct u64map *map, size_t *pos, uint64_t *key)
{
	for (; *pos < map->nslots; (*pos)++) {
		const struct slot *slot = &map->slots[*pos];

		if (!slot->value)
			continue;
		(*pos)++;
		if (key)
			*key = slot->key;
		return slot->value;
	}
	return NULL;
}
