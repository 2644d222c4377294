// SPDX-License-Identifier: GPL-2.0-only
#include "model/objects.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "lib/array.h"
#include "lib/u64map.h"

/* A futex word of an object, or where one begins. */
struct word {
	struct object_key key;
	struct sync_object *object;
	struct word *same_hash;
};

struct objects {
	struct u64map *words;	  /* by hash_of() -> struct word */
	struct u64map *wholes;	  /* the same of where objects begin that have several words */
	struct sync_object **all; /* by id */
	size_t count, size;
};

static uint64_t hash_of(struct object_key key)
{
	/* User addresses have 47 bits (56 with five levels): few collide, and those are chained. */
	return key.address ^ ((uint64_t)key.space << 40);
}

static struct sync_object *look_up(const struct u64map *map, struct object_key key)
{
	const struct word *word = u64map__get(map, hash_of(key));

	for (; word; word = word->same_hash)
		if (word->key.space == key.space && word->key.address == key.address)
			return word->object;
	return NULL;
}

static int put(struct u64map *map, struct object_key key, struct sync_object *object)
{
	struct word *word = calloc(1, sizeof(*word));

	if (!word)
		return -ENOMEM;
	word->key = key;
	word->object = object;
	word->same_hash = u64map__get(map, hash_of(key));
	if (!u64map__set(map, hash_of(key), word))
		return 0;
	free(word);
	return -ENOMEM;
}

static void free_words(struct u64map *map)
{
	struct word *word, *next;
	size_t pos = 0;
	uint64_t hash;

	while (map && (word = u64map__next(map, &pos, &hash))) {
		for (; word; word = next) {
			next = word->same_hash;
			free(word);
		}
	}
	u64map__free(map);
}

struct objects *objects__new(void)
{
	struct objects *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->words = u64map__new();
	o->wholes = u64map__new();
	if (o->words && o->wholes)
		return o;
	objects__free(o);
	return NULL;
}

void objects__free(struct objects *o)
{
	size_t i;

	if (!o)
		return;
	for (i = 0; i < o->count; i++)
		free(o->all[i]);
	free(o->all);
	free_words(o->words);
	free_words(o->wholes);
	free(o);
}

struct sync_object *objects__find(struct objects *o, struct object_key key)
{
	return look_up(o->words, key);
}

static struct sync_object *add(struct objects *o, struct object_key key, uint32_t pid,
			       uint64_t address, enum cause kind)
{
	struct sync_object *object, **all;

	all = array__reserve(o->all, &o->size, o->count, sizeof(struct sync_object *));
	if (!all)
		return NULL;
	o->all = all;
	object = calloc(1, sizeof(*object));
	if (!object)
		return NULL;
	object->id = (uint32_t)o->count;
	object->kind = kind;
	object->pid = pid;
	object->address = address;
	object->shared = !key.space;
	o->all[o->count++] = object;
	return object;
}

static bool has_several_words(enum cause kind)
{
	return kind == CAUSE_CONDVAR || kind == CAUSE_RWLOCK || kind == CAUSE_GIL;
}

/* More is known of it now: its other words are found by where it begins. */
static int learn(struct objects *o, struct sync_object *object, enum cause kind,
		 struct object_key whole, unsigned int offset)
{
	object->kind = kind;
	if (!has_several_words(kind) || look_up(o->wholes, whole))
		return 0;
	object->offset = (uint8_t)offset;
	return put(o->wholes, whole, object);
}

struct sync_object *objects__get(struct objects *o, struct object_key key, uint32_t pid,
				 uint64_t address, enum cause kind, unsigned int offset)
{
	struct object_key whole = {key.space, key.address - offset};
	struct sync_object *object = objects__find(o, key);

	if (object) {
		if (object->kind == CAUSE_FUTEX && learn(o, object, kind, whole, offset))
			return NULL;
		return object;
	}
	if (has_several_words(kind))
		object = look_up(o->wholes, whole);
	if (!object) {
		object = add(o, key, pid, address, kind);
		if (object)
			object->offset = (uint8_t)offset;
		if (!object || (has_several_words(kind) && put(o->wholes, whole, object)))
			return NULL;
	}
	return put(o->words, key, object) ? NULL : object;
}

size_t objects__count(const struct objects *o)
{
	return o->count;
}

const struct sync_object *objects__at(const struct objects *o, size_t id)
{
	return id < o->count ? o->all[id] : NULL;
}
