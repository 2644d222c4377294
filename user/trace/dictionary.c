// SPDX-License-Identifier: GPL-2.0-only
/* The tables of a block that guesses lead to; looked up only where a guess is wrong. */
#include <string.h>

#include "trace/coder.h"
#include "trace/varint.h"

static uint32_t hash(const struct coder *c, uint64_t v, unsigned int bits)
{
	return (uint32_t)(v * c->seed >> (64 - bits));
}

/* The caller sees to it that there is room for another: coder__full(). */
unsigned int coder__put_id(struct coder *c, uint64_t id)
{
	uint32_t i = hash(c, id, 13);
	unsigned int number = 0;

	if (id) {
		while (c->id_hash[i] && c->ids[c->id_hash[i] - 1] != id)
			i = (i + 1) & (ID_HASH - 1);
		number = c->id_hash[i] ? c->id_hash[i] - 1u : c->nids;
	}
	c->at[COL_ID] = varint__put(c->at[COL_ID], number);
	if (number == c->nids) {
		memcpy(c->at[COL_NEW_ID], &id, sizeof(id)); /* little-endian machines only */
		c->at[COL_NEW_ID] += sizeof(id);
		c->ids[c->nids++] = id;
		c->id_hash[i] = c->nids;
	}
	return number;
}

unsigned int coder__get_id(struct coder *c)
{
	uint64_t number;
	const uint8_t *p = varint__get(c->at[COL_ID], c->end[COL_ID], &number);

	if (!p || number > c->nids || number >= MAX_IDS) {
		c->bad = true;
		return 0;
	}
	c->at[COL_ID] += p - c->at[COL_ID];
	if (number < c->nids)
		return (unsigned int)number;
	if (c->end[COL_NEW_ID] - c->at[COL_NEW_ID] < (ptrdiff_t)sizeof(c->ids[0])) {
		c->bad = true;
		return 0;
	}
	memcpy(&c->ids[number], c->at[COL_NEW_ID], sizeof(c->ids[0]));
	c->at[COL_NEW_ID] += sizeof(c->ids[0]);
	return c->nids++;
}

static uint16_t *place_head(struct coder *c, uint32_t key)
{
	return &c->place_hash[hash(c, key, 10)];
}

/* One by one: with many CPUs and short blocks, clearing the whole table is what takes time. */
void coder__forget_places(struct coder *c)
{
	for (unsigned int i = 1; i < c->nplaces; i++)
		*place_head(c, c->places[i].key) = 0;
	c->nplaces = 1; /* 0 is nobody's, and stays all zero */
}

unsigned int coder__place(struct coder *c, unsigned int slot, enum place_kind kind, unsigned int id)
{
	uint32_t key = slot << 16 | (uint32_t)kind << 14 | id;
	uint16_t *head = place_head(c, key);
	struct place *place;

	for (unsigned int i = *head; i; i = c->places[i].chain)
		if (c->places[i].key == key)
			return i;
	if (c->nplaces == MAX_PLACES) { /* decoding; an encoder has begun another block */
		c->bad = true;
		return 0;
	}
	place = &c->places[c->nplaces];
	memset(place, 0, sizeof(*place));
	place->key = key;
	place->next = c->nplaces; /* until something else follows: itself */
	place->chain = *head;
	*head = c->nplaces;
	return c->nplaces++;
}
