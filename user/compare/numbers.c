// SPDX-License-Identifier: GPL-2.0-only
#include "compare/numbers.h"

#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "lib/u64map.h"

const struct measure_row measures[MEASURES] = {
#define X(id, section, key, words, unit, scale) [MEASURE_##id] = {section, key, words, unit, scale},
	COMPARE_MEASURES(X)
#undef X
};

struct entry {
	struct number number;
	struct entry *same_hash;
};

struct numbers {
	size_t nruns;
	struct u64map *by_hash;
	struct entry **entries;
	size_t count, size;
	bool failed;
};

/* FNV-1a */
static uint64_t hash_of(enum measure measure, const char *key)
{
	uint64_t hash = 0xcbf29ce484222325ULL ^ (uint64_t)measure;

	for (; *key; key++)
		hash = (hash ^ (unsigned char)*key) * 0x100000001b3ULL;
	return hash;
}

static void entry__free(struct entry *e)
{
	size_t i;

	if (!e)
		return;
	for (i = 0; i < LABELS; i++)
		free(e->number.labels[i]);
	free(e->number.key);
	free(e->number.values);
	free(e->number.present);
	free(e->number.varies);
	free(e);
}

struct numbers *numbers__new(size_t nruns)
{
	struct numbers *all = calloc(1, sizeof(*all));

	if (!all)
		return NULL;
	all->nruns = nruns;
	all->by_hash = u64map__new();
	if (!all->by_hash) {
		numbers__free(all);
		return NULL;
	}
	return all;
}

void numbers__free(struct numbers *all)
{
	size_t i;

	if (!all)
		return;
	for (i = 0; i < all->count; i++)
		entry__free(all->entries[i]);
	free(all->entries);
	u64map__free(all->by_hash);
	free(all);
}

bool numbers__failed(const struct numbers *all)
{
	return all->failed;
}

void numbers__fail(struct numbers *all)
{
	all->failed = true;
}

static struct entry *find(const struct numbers *all, enum measure measure, const char *key)
{
	struct entry *e = u64map__get(all->by_hash, hash_of(measure, key));

	while (e && (e->number.measure != measure || strcmp(e->number.key, key) != 0))
		e = e->same_hash;
	return e;
}

static struct entry *entry__new(const struct numbers *all, enum measure measure, const char *key)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->number.measure = measure;
	e->number.key = strdup(key);
	e->number.values = calloc(all->nruns, sizeof(*e->number.values));
	e->number.present = calloc(all->nruns, sizeof(*e->number.present));
	e->number.varies = calloc(LABELS, sizeof(*e->number.varies));
	if (e->number.key && e->number.values && e->number.present && e->number.varies)
		return e;
	entry__free(e);
	return NULL;
}

static struct entry *insert(struct numbers *all, enum measure measure, const char *key)
{
	uint64_t hash = hash_of(measure, key);
	struct entry **grown, *e;

	grown = array__reserve(all->entries, &all->size, all->count, sizeof(*all->entries));
	if (!grown)
		return NULL;
	all->entries = grown;
	e = entry__new(all, measure, key);
	if (!e)
		return NULL;
	e->same_hash = u64map__get(all->by_hash, hash);
	if (u64map__set(all->by_hash, hash, e)) {
		entry__free(e);
		return NULL;
	}
	all->entries[all->count++] = e;
	return e;
}

struct number *numbers__add(struct numbers *all, enum measure measure, const char *key, size_t run,
			    int64_t value)
{
	struct entry *e = find(all, measure, key ? key : "");

	if (!e)
		e = insert(all, measure, key ? key : "");
	if (!e) {
		all->failed = true;
		return NULL;
	}
	e->number.values[run] += value;
	e->number.present[run] = true;
	return &e->number;
}

void numbers__label(struct numbers *all, struct number *n, enum number_label label,
		    const char *text, const char *common)
{
	char *copy;

	if (!n || !text || n->varies[label])
		return;
	if (n->labels[label] && !strcmp(n->labels[label], text))
		return;
	n->varies[label] = n->labels[label] != NULL;
	copy = strdup(n->varies[label] ? common : text);
	if (!copy) {
		all->failed = true;
		return;
	}
	free(n->labels[label]);
	n->labels[label] = copy;
}

const struct number *numbers__at(const struct numbers *all, size_t i)
{
	return i < all->count ? &all->entries[i]->number : NULL;
}

const struct number *numbers__find(const struct numbers *all, enum measure measure, const char *key)
{
	const struct entry *e = find(all, measure, key ? key : "");

	return e ? &e->number : NULL;
}
