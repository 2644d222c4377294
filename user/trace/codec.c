// SPDX-License-Identifier: GPL-2.0-only
#include "trace/codec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "trace/coder.h"
#include "trace/info.h"
#include "trace/record.h"
#include "trace/varint.h"

struct coder *coder__new_decoder(uint32_t format)
{
	/* Large, and most of it is never used: no calloc(), which may touch it all. */
	struct coder *c = malloc(sizeof(*c));

	if (!c)
		return NULL;
	memset(c, 0, offsetof(struct coder, tags));
	memset(c->place_hash, 0, sizeof(c->place_hash));
	c->format = format;
	/* Without it, places are only found more slowly in a file that was made for that. */
	if (getrandom(&c->seed, sizeof(c->seed), GRND_NONBLOCK) < 0)
		c->seed = (uintptr_t)c * 0x9e3779b97f4a7c15ULL;
	c->seed |= 1;
	return c;
}

struct coder *coder__new_encoder(void)
{
	struct coder *c = coder__new_decoder(TRACE_VERSION);

	if (!c)
		return NULL;
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
	c->nids = 1; /* 0: none */
	c->ids[0] = 0;
	coder__forget_places(c);
	memset(&c->places[0], 0, sizeof(c->places[0]));
}

void coder__start(struct coder *c, unsigned int stream, uint64_t base_ns)
{
	restart(c, stream, base_ns);
	memset(c->tid_hash, 0, sizeof(c->tid_hash));
	memset(c->tag_hash, 0, sizeof(c->tag_hash));
	memset(c->id_hash, 0, sizeof(c->id_hash));
	memcpy(c->at, c->base, sizeof(c->at));
	c->room = BLOCK_TARGET;
}

/* Bytes that a record may take over all columns. */
uint32_t coder__cost(const union ct_event *ev)
{
	int tail;

	if (ev->h.type <= CT_WAKEUP_NEW)
		return COST_HOT;
	tail = record__tail(ev);
	return COST_RARE + (tail > 0 ? (uint32_t)tail : 0);
}

static size_t used(const struct coder *c)
{
	size_t sum = 0;

	for (int i = 0; i < COLUMNS; i++)
		sum += (size_t)(c->at[i] - c->base[i]);
	return sum;
}

/*
 * No record adds more than two tasks, two ids and one place. `room` falls by the most that a record
 * can take; only when it is gone we look again.
 */
bool coder__full(struct coder *c, const union ct_event *ev)
{
	uint32_t cost = coder__cost(ev);

	if (c->nslots + 2 > MAX_SLOTS || c->nids + 2 > MAX_IDS || c->nplaces + 1 > MAX_PLACES)
		return true;
	if (c->room >= cost)
		return false;
	c->room = BLOCK_TARGET - (uint32_t)used(c);
	return c->room < cost;
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
	int columns = c->format < 2 ? COLUMNS_1 : COLUMNS;
	uint64_t lens[COLUMNS] = {0};
	uint8_t *p;

	restart(c, stream, base_ns);
	for (int i = 0; i < columns; i++)
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
