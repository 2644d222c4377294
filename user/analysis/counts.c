// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/counts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

struct counts {
	uint32_t n, size;     /* size is a power of two */
	struct count slots[]; /* open addressing; n == 0 is a free one */
};

static size_t home(uint64_t key, size_t size)
{
	return (size_t)((key * 0x9e3779b97f4a7c15u) >> 32) & (size - 1);
}

/* The key's slot, or the free one where it belongs; NULL: it is not there, and all are taken. */
static struct count *find(struct counts *c, uint64_t key)
{
	size_t i, at = home(key, c->size);

	for (i = 0; i < c->size; i++, at = (at + 1) & (c->size - 1))
		if (!c->slots[at].n || c->slots[at].key == key)
			return &c->slots[at];
	return NULL;
}

static int grow(struct counts **c)
{
	struct counts *old = *c, *grown;
	size_t i, size = old ? (size_t)old->size * 2 : 1;

	grown = calloc(1, sizeof(*grown) + size * sizeof(*grown->slots));
	if (!grown)
		return -ENOMEM;
	grown->size = (uint32_t)size;
	for (i = 0; old && i < old->size; i++) {
		if (!old->slots[i].n)
			continue;
		*find(grown, old->slots[i].key) = old->slots[i];
		grown->n++;
	}
	free(old);
	*c = grown;
	return 0;
}

/* Small sets may be full; large ones keep a quarter free, so that probes stay short. */
static bool is_full(const struct counts *c)
{
	return !c || c->n >= (c->size <= 4 ? c->size : c->size - c->size / 4);
}

int counts__add(struct counts **c, uint64_t key, uint64_t n, uint64_t sum, size_t most)
{
	struct count *slot = *c ? find(*c, key) : NULL;

	if (!slot || !slot->n) {
		if (counts__keys(*c) >= most)
			return 0;
		if (is_full(*c) && grow(c))
			return -ENOMEM;
		slot = find(*c, key);
		slot->key = key;
		(*c)->n++;
	}
	slot->n += n;
	slot->sum += sum;
	return 0;
}

size_t counts__keys(const struct counts *c)
{
	return c ? c->n : 0;
}

const struct count *counts__next(const struct counts *c, size_t *pos)
{
	while (c && *pos < c->size) {
		const struct count *slot = &c->slots[(*pos)++];

		if (slot->n)
			return slot;
	}
	return NULL;
}

void counts__free(struct counts *c)
{
	free(c);
}

static bool precedes(const struct count *a, const struct count *b)
{
	if (a->sum != b->sum)
		return a->sum > b->sum;
	return a->n != b->n ? a->n > b->n : a->key < b->key;
}

size_t counts__top(const struct counts *c, struct count *out, size_t most)
{
	const struct count *slot;
	size_t i, n = 0, pos = 0;

	while (most && (slot = counts__next(c, &pos))) {
		if (n == most && !precedes(slot, &out[n - 1]))
			continue;
		n += n < most;
		for (i = n - 1; i && precedes(slot, &out[i - 1]); i--)
			out[i] = out[i - 1];
		out[i] = *slot;
	}
	return n;
}
