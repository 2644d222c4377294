// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two generations: when the younger one has become too big the older one goes, and all that is
 * still in use is told anew.
 */
#include <errno.h>
#include <stdlib.h>

#include "trace/carry_inside.h"

#define GENERATION_BYTES (32u << 20)

struct told {
	struct images_of *images;
	struct u64map *young, *old;
	size_t bytes; /* of the young */
	bool anew;
};

struct told *told__new(struct images_of *images)
{
	struct told *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->images = images;
	t->young = u64map__new();
	t->old = u64map__new();
	if (!t->young || !t->old) {
		told__free(t);
		return NULL;
	}
	return t;
}

/* Whose stack it is; 0: it is none. */
static uint32_t stack_pid(const union ct_event *ev)
{
	if (ev->h.type == CT_STACK_ARM64)
		return ev->stack_arm64.pid;
	return ev->h.type == CT_STACK ? ev->stack.pid : 0;
}

static void forget(struct told *t, struct kept *k)
{
	uint32_t pid = stack_pid(kept__event(k));
	struct image *image = pid ? images_of__find(t->images, pid) : NULL;

	if (image && image->stacks) {
		image->stacks--;
		images_of__put(t->images, image);
	}
	free(k);
}

static void free_generation(struct told *t, struct u64map *map)
{
	struct kept *k;
	size_t pos = 0;
	uint64_t key;

	if (!map)
		return;
	while ((k = u64map__next(map, &pos, &key)))
		forget(t, k);
	u64map__free(map);
}

void told__free(struct told *t)
{
	if (!t)
		return;
	free_generation(t, t->young);
	free_generation(t, t->old);
	free(t);
}

static int next_generation(struct told *t)
{
	struct u64map *map = u64map__new();

	if (!map)
		return -ENOMEM;
	free_generation(t, t->old);
	t->old = t->young;
	t->young = map;
	t->bytes = 0;
	t->anew = true;
	return 0;
}

int told__add(struct told *t, const struct seen *s, uint64_t id)
{
	uint64_t key = id ^ (uint64_t)s->ev->h.type << 56;
	struct kept *before = u64map__get(t->young, key), *k = NULL;
	struct image *image;

	if (before) /* the same again, or better: as readers have it, the first one counts */
		return 0;
	if (kept__set(&k, s->order, s->stream, s->ev, s->size))
		return -ENOMEM;
	if (u64map__set(t->young, key, k)) {
		free(k);
		return -ENOMEM;
	}
	image = stack_pid(s->ev) ? images_of__get(t->images, stack_pid(s->ev)) : NULL;
	if (image)
		image->stacks++;
	before = u64map__remove(t->old, key);
	if (before)
		forget(t, before);
	t->bytes += s->size + sizeof(*k);
	return t->bytes > GENERATION_BYTES ? next_generation(t) : 0;
}

void told__give(struct told *t, struct kept_list *list)
{
	struct u64map *maps[] = {t->old, t->young};
	struct kept *k;
	uint64_t key;
	size_t pos;

	for (size_t i = 0; i < 2; i++)
		for (pos = 0; (k = u64map__next(maps[i], &pos, &key));)
			kept_list__add(list, k);
}

bool told__wants_anew(struct told *t)
{
	bool anew = t->anew;

	t->anew = false;
	return anew;
}
