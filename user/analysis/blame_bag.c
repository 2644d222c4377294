// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/blame_bag.h"

#include <stdlib.h>
#include <string.h>

void bag__free(struct bag *b)
{
	if (b->entries != &b->first)
		free(b->entries);
}

struct bag_entry *bag__find(const struct bag *b, uint64_t class)
{
	uint16_t i;

	for (i = 0; i < b->count; i++)
		if (b->entries[i].class == class)
			return &b->entries[i];
	return NULL;
}

/* Starts in the bag itself: most have one entry. */
static bool grow(struct bag *b)
{
	uint16_t size = b->size ? b->size * 2 : 1;
	struct bag_entry *entries;

	if (!b->size) {
		b->entries = &b->first;
		b->size = 1;
		return true;
	}
	entries = malloc(size * sizeof(*entries));
	if (!entries)
		return false;
	memcpy(entries, b->entries, b->count * sizeof(*entries));
	bag__free(b);
	b->entries = entries;
	b->size = size;
	return true;
}

bool bag__is_full(const struct bag *b)
{
	return b->objects >= BAG_OBJECTS;
}

struct bag_entry *bag__entry(struct bag *b, uint64_t class)
{
	bool is_object = BLAME_OBJECT(class) != BLAME_NONE;
	struct bag_entry *entry = bag__find(b, class);

	if (entry)
		return entry;
	if ((is_object && bag__is_full(b)) || (b->count == b->size && !grow(b)))
		return NULL;
	b->objects += is_object;
	entry = &b->entries[b->count++];
	*entry = (struct bag_entry){.class = class};
	return entry;
}

void bag__remove(struct bag *b, struct bag_entry *entry)
{
	b->objects -= BLAME_OBJECT(entry->class) != BLAME_NONE;
	*entry = b->entries[--b->count];
}

void bag_parts__add(struct bag_parts *p, uint64_t class, uint32_t n)
{
	size_t i;

	for (i = 0; i < p->count && p->list[i].class != class; i++)
		;
	if (i == p->count)
		p->list[p->count++] = (struct bag_part){.class = class};
	p->list[i].n += n;
}
