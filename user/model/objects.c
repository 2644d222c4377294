// SPDX-License-Identifier: GPL-2.0-only
#include "model/objects.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/u64map.h"
#include "model/futex.h"

struct entry {
	struct sync_object pub;
	struct object_key key;
	struct entry *same_key; /* others whose (space, address) has the same key */
};

struct objects {
	struct u64map *by_key;
	struct entry **all; /* by id */
	size_t count, size;
};

static uint64_t hash_of(struct object_key key)
{
	/* User addresses have 47 bits (56 with five levels): few collide, and those are chained. */
	return key.address ^ ((uint64_t)key.space << 40);
}

struct objects *objects__new(void)
{
	struct objects *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->by_key = u64map__new();
	if (!o->by_key) {
		free(o);
		return NULL;
	}
	return o;
}

void objects__free(struct objects *o)
{
	size_t i;

	if (!o)
		return;
	for (i = 0; i < o->count; i++)
		free(o->all[i]);
	free(o->all);
	u64map__free(o->by_key);
	free(o);
}

struct sync_object *objects__find(struct objects *o, struct object_key key)
{
	struct entry *e = u64map__get(o->by_key, hash_of(key));

	for (; e; e = e->same_key)
		if (e->key.space == key.space && e->key.address == key.address)
			return &e->pub;
	return NULL;
}

static struct sync_object *find_twin(struct objects *o, struct object_key key, enum cause kind)
{
	uint64_t offset = (uint64_t)futex__twin(kind);
	struct sync_object *twin;

	if (!offset)
		return NULL;
	twin = objects__find(o, (struct object_key){key.space, key.address - offset});
	if (!twin || twin->kind != kind)
		twin = objects__find(o, (struct object_key){key.space, key.address + offset});
	return twin && twin->kind == kind ? twin : NULL;
}

static int make_room(struct objects *o)
{
	size_t size = o->size ? o->size * 2 : 64;
	struct entry **grown;

	if (o->count < o->size)
		return 0;
	grown = realloc(o->all, size * sizeof(struct entry *));
	if (!grown)
		return -ENOMEM;
	o->all = grown;
	o->size = size;
	return 0;
}

static struct sync_object *add(struct objects *o, struct object_key key, uint32_t pid,
			       uint64_t address, enum cause kind)
{
	struct entry *e;

	if (make_room(o))
		return NULL;
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	e->pub.id = (uint32_t)o->count;
	e->pub.kind = kind;
	e->pub.pid = pid;
	e->pub.address = address;
	e->pub.shared = !key.space;
	e->key = key;
	e->same_key = u64map__get(o->by_key, hash_of(key));
	if (u64map__set(o->by_key, hash_of(key), e)) {
		free(e);
		return NULL;
	}
	o->all[o->count++] = e;
	return &e->pub;
}

struct sync_object *objects__get(struct objects *o, struct object_key key, uint32_t pid,
				 uint64_t address, enum cause kind)
{
	struct sync_object *object = objects__find(o, key);

	if (!object)
		object = find_twin(o, key, kind);
	if (!object)
		return add(o, key, pid, address, kind);
	if (object->kind == CAUSE_FUTEX)
		object->kind = kind;
	return object;
}

size_t objects__count(const struct objects *o)
{
	return o->count;
}

const struct sync_object *objects__at(const struct objects *o, size_t id)
{
	return id < o->count ? &o->all[id]->pub : NULL;
}
