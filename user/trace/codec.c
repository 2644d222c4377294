// SPDX-License-Identifier: GPL-2.0-only
#include "trace/codec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/coder.h"
#include "trace/varint.h"

struct coder *coder__new(bool decoding)
{
	struct coder *c = calloc(1, sizeof(*c));

	if (!c || decoding)
		return c;
	c->memory = malloc((size_t)COLUMNS * BLOCK_TARGET);
	if (!c->memory) {
		free(c);
		return NULL;
	}
	for (int i = 0; i < COLUMNS; i++)
		c->base[i] = c->memory + (size_t)i * BLOCK_TARGET;
	return c;
}

void coder__free(struct coder *c)
{
	if (!c)
		return;
	free(c->memory);
	free(c);
}

static void restart(struct coder *c, unsigned int stream, uint64_t base_ns)
{
	c->stream = (uint16_t)stream;
	c->last_ns = base_ns;
	c->bad = false;
	c->cur = 0;
	c->ntags = 0;
	c->nslots = 1; /* slot 0 is the idle task */
	memset(&c->slots[0], 0, sizeof(c->slots[0]));
	c->slots[0].cpu = c->stream;
}

void coder__start(struct coder *c, unsigned int stream, uint64_t base_ns)
{
	restart(c, stream, base_ns);
	memset(c->tid_hash, 0, sizeof(c->tid_hash));
	memset(c->tag_hash, 0, sizeof(c->tag_hash));
	memcpy(c->at, c->base, sizeof(c->at));
	c->room = BLOCK_TARGET;
}

static size_t used(const struct coder *c)
{
	size_t sum = 0;

	for (int i = 0; i < COLUMNS; i++)
		sum += (size_t)(c->at[i] - c->base[i]);
	return sum;
}

/* `room` falls by the most that a record can take; only when it is gone we look again. */
bool coder__full(struct coder *c)
{
	if (c->nslots + 2 > MAX_SLOTS)
		return true;
	if (c->room >= COST_RARE)
		return false;
	c->room = BLOCK_TARGET - (uint32_t)used(c);
	return c->room < COST_RARE;
}

size_t coder__payload_size(const struct coder *c)
{
	uint8_t lens[COLUMNS * VARINT_MAX], *p = lens;

	for (int i = 0; i < COLUMNS; i++)
		p = varint__put(p, (uint64_t)(c->at[i] - c->base[i]));
	return used(c) + (size_t)(p - lens);
}

void coder__payload(const struct coder *c, uint8_t *out, size_t ends[COLUMNS])
{
	uint8_t *p = out;

	for (int i = 0; i < COLUMNS; i++)
		p = varint__put(p, (uint64_t)(c->at[i] - c->base[i]));
	for (int i = 0; i < COLUMNS; i++) {
		size_t len = (size_t)(c->at[i] - c->base[i]);

		memcpy(p, c->base[i], len);
		p += len;
		ends[i] = (size_t)(p - out);
	}
}

int coder__load(struct coder *c, uint8_t *payload, size_t len, unsigned int stream,
		uint64_t base_ns)
{
	struct varint_in in = {.p = payload, .end = payload + len};
	uint64_t lens[COLUMNS];
	uint8_t *p;

	restart(c, stream, base_ns);
	for (int i = 0; i < COLUMNS; i++)
		lens[i] = varint_in__next(&in);
	if (in.bad)
		return -EBADMSG;
	p = payload + (in.p - payload);
	for (int i = 0; i < COLUMNS; i++) {
		if (lens[i] > (uint64_t)(payload + len - p))
			return -EBADMSG;
		c->at[i] = p;
		p += lens[i];
		c->end[i] = p;
	}
	return p == payload + len ? 0 : -EBADMSG;
}

bool coder__drained(const struct coder *c)
{
	for (int i = 0; i < COLUMNS; i++)
		if (c->at[i] != c->end[i])
			return false;
	return true;
}
