// SPDX-License-Identifier: GPL-2.0-only
#include "export/csv_places.h"

#include <errno.h>
#include <stdlib.h>

#include "export/csv_set.h"
#include "lib/array.h"
#include "lib/u64map.h"
#include "symbol/modules.h"
#include "symbol/plumbing.h"

#define MOST_PLACES (1u << 20) /* 24 MiB: samples are of much fewer addresses */
#define MOST_PROBES 64

static const struct csv_column columns[] = {
	{"id", R_INT, true},	   {"level", R_INT, true},    {"function", R_TEXT, false},
	{"nearest", R_BOOL, true}, {"file", R_TEXT, false},   {"line", R_INT, false},
	{"module", R_TEXT, false}, {"offset", R_TEXT, false},
};

struct csv_places {
	struct u64map *known; /* hash to 1 + index in frames[] */
	struct frame *frames;
	size_t n, room;
};

struct csv_places *csv_places__new(void)
{
	struct csv_places *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->known = u64map__new();
	if (p->known)
		return p;
	free(p);
	return NULL;
}

void csv_places__free(struct csv_places *p)
{
	if (!p)
		return;
	u64map__free(p->known);
	free(p->frames);
	free(p);
}

/* In the module, or in memory if none is known there. */
static uint64_t address_of(const struct frame *frame)
{
	return frame->module ? frame->address : frame->ip;
}

static bool is_same(const struct frame *a, const struct frame *b)
{
	return a->module == b->module && address_of(a) == address_of(b);
}

static int64_t add(struct csv_places *p, uint64_t hash, const struct frame *frame)
{
	struct frame *grown;

	if (p->n == MOST_PLACES)
		return -ENOSPC;
	grown = array__reserve(p->frames, &p->room, p->n, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	p->frames = grown;
	if (u64map__set(p->known, hash, (void *)(uintptr_t)(p->n + 1)))
		return -ENOMEM;
	grown[p->n] = *frame;
	return (int64_t)p->n++;
}

int64_t csv_places__id(struct csv_places *p, const struct frame *frame)
{
	uint64_t hash = ((uintptr_t)frame->module ^ address_of(frame)) * 0x9e3779b97f4a7c15ULL;
	uint64_t last = hash + MOST_PROBES;
	size_t index;

	for (; hash != last; hash++) {
		index = (uintptr_t)u64map__get(p->known, hash);
		if (!index)
			return add(p, hash, frame);
		if (is_same(&p->frames[index - 1], frame))
			return (int64_t)index - 1;
	}
	return -ENOSPC;
}

/* A row for each level: what is inlined comes first. */
static int put_place(struct csv_table *t, size_t id, const struct frame *frame)
{
	struct place levels[LEVELS_MOST] = {{0}};
	size_t i, n = frame__levels(frame, levels);
	int rc = 0;

	n = n ? n : 1;
	for (i = 0; i < n && !rc; i++) {
		csv__begin(t);
		csv__int(t, (int64_t)id);
		csv__int(t, (int64_t)i);
		csv__text(t, levels[i].function);
		csv__bool(t, levels[i].function && levels[i].exported_only);
		csv__text(t, levels[i].file);
		csv__int_if(t, levels[i].file && levels[i].line, levels[i].line);
		csv__text(t, frame->module ? module__name(frame->module) : NULL);
		csv__hex(t, address_of(frame));
		rc = csv__end(t);
	}
	return rc;
}

int csv_places__write(struct csv_set *s, const struct csv_places *p)
{
	struct csv_table *t =
		csv_set__add(s, "places", columns, sizeof(columns) / sizeof(columns[0]));
	int rc = t ? 0 : -EIO;
	size_t i;

	for (i = 0; i < p->n && !rc; i++)
		rc = put_place(t, i, &p->frames[i]);
	csv_set__close(s, t);
	return rc;
}
