// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "trace/carry_inside.h"

struct images_of {
	struct u64map *by_pid;
};

static void free_maps(struct image *image)
{
	for (size_t i = 0; i < image->count; i++)
		free(image->maps[i]);
	image->count = 0;
}

static void free_image(struct image *image)
{
	free_maps(image);
	free(image->maps);
	free(image);
}

struct images_of *images_of__new(void)
{
	struct images_of *all = calloc(1, sizeof(*all));

	if (!all)
		return NULL;
	all->by_pid = u64map__new();
	if (!all->by_pid) {
		free(all);
		return NULL;
	}
	return all;
}

void images_of__free(struct images_of *all)
{
	struct image *image;
	size_t pos = 0;
	uint64_t pid;

	if (!all)
		return;
	while ((image = u64map__next(all->by_pid, &pos, &pid)))
		free_image(image);
	u64map__free(all->by_pid);
	free(all);
}

struct image *images_of__find(struct images_of *all, uint32_t pid)
{
	return u64map__get(all->by_pid, pid);
}

struct image *images_of__get(struct images_of *all, uint32_t pid)
{
	struct image *image = images_of__find(all, pid);

	if (image)
		return image;
	image = calloc(1, sizeof(*image));
	if (!image || u64map__set(all->by_pid, pid, image)) {
		free(image);
		return NULL;
	}
	image->pid = pid;
	return image;
}

static int add(struct image *image, uint64_t order, unsigned int stream, const union ct_event *ev,
	       size_t size)
{
	struct kept *k = NULL, **maps;

	maps = array__reserve(image->maps, &image->size, image->count, sizeof(struct kept *));
	if (!maps)
		return -ENOMEM;
	image->maps = maps;
	if (kept__set(&k, order, stream, ev, size))
		return -ENOMEM;
	maps[image->count++] = k;
	return 0;
}

int image__add(struct image *image, const struct seen *s)
{
	return add(image, s->order, s->stream, s->ev, s->size);
}

/* From here on a new program's mappings follow. */
static bool is_reset(const union ct_event *ev)
{
	return ev->h.type == CT_MAP && (ev->map.flags & CT_MAP_RESET) &&
	       !(ev->map.flags & CT_MAP_FOUND);
}

/* Where what holds at `ns` begins; *reset tells whether that is a new program. */
static size_t first_at(const struct image *image, uint64_t ns, bool *reset)
{
	size_t first = 0;

	*reset = false;
	for (size_t i = 0; i < image->count; i++) {
		const union ct_event *ev = kept__event(image->maps[i]);

		if (ev->h.ts > ns || !is_reset(ev))
			continue;
		first = i;
		*reset = true;
	}
	return first;
}

static void set_owner(union ct_event *ev, uint32_t pid, uint64_t ns)
{
	ev->h.ts = ns;
	ev->h.tid = pid;
	if (ev->h.type == CT_MAP)
		ev->map.pid = pid;
	else
		ev->runtime.pid = pid;
}

static void forget_before(struct image *image, uint64_t ns)
{
	size_t left = 0;

	for (size_t i = 0; i < image->count; i++) {
		if (kept__since(image->maps[i], ns))
			image->maps[left++] = image->maps[i];
		else
			free(image->maps[i]);
	}
	image->count = left;
}

int image__inherit(struct image *image, const struct image *parent, const struct seen *fork)
{
	uint64_t ns = fork->ev->h.ts;
	bool reset;
	size_t i;

	forget_before(image, ns);
	if (!parent)
		return 0;
	for (i = first_at(parent, ns, &reset) + reset; i < parent->count; i++) {
		struct kept *k = parent->maps[i];

		if (kept__since(k, ns + 1))
			continue;
		/* In the fork's own stream: in that of mappings later ones may lie before it. */
		if (add(image, fork->order + INHERITED, fork->stream, kept__event(k), k->size))
			return -ENOMEM;
		set_owner(kept__event(image->maps[image->count - 1]), image->pid, ns);
	}
	return 0;
}

void images_of__put(struct images_of *all, struct image *image)
{
	if (image->tasks || image->stacks)
		return;
	u64map__remove(all->by_pid, image->pid);
	free_image(image);
}

void images_of__settle(struct images_of *all)
{
	struct image *image;
	size_t pos = 0, first;
	uint64_t pid;
	bool reset;

	while ((image = u64map__next(all->by_pid, &pos, &pid))) {
		first = first_at(image, UINT64_MAX, &reset);
		if (!first)
			continue;
		for (size_t i = 0; i < first; i++)
			free(image->maps[i]);
		memmove(image->maps, image->maps + first,
			(image->count - first) * sizeof(struct kept *));
		image->count -= first;
	}
}

/*
 * A new program's mappings count from its exec on: so without that record, they must be told
 * without their beginning.
 */
void images_of__give(struct images_of *all, uint64_t (*exec_ns)(void *ctx, uint32_t pid), void *ctx,
		     struct kept_list *list)
{
	struct image *image;
	size_t pos = 0;
	uint64_t pid;

	while ((image = u64map__next(all->by_pid, &pos, &pid))) {
		bool reset;
		size_t i = first_at(image, UINT64_MAX, &reset);

		if (reset && exec_ns(ctx, image->pid) < kept__event(image->maps[i])->h.ts)
			i++;
		for (; i < image->count; i++)
			kept_list__add(list, image->maps[i]);
	}
}
