// SPDX-License-Identifier: GPL-2.0-only
/*
 * A sorted table without overlaps. Forked processes share one table until one of them maps
 * something.
 */
#include "symbol/maps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "symbol/module.h"

/* How many modules below an address are asked whether their data may be there. */
#define NEIGHBOURS 4

struct table {
	size_t nrefs;
	struct mapping *at; /* ascending, disjoint */
	size_t n, room;
};

struct maps {
	size_t nrefs;
	struct table *table;
};

static void table_unref(struct table *table)
{
	if (!table || --table->nrefs)
		return;
	free(table->at);
	free(table);
}

struct maps *maps__new(void)
{
	struct maps *maps = calloc(1, sizeof(*maps));

	if (!maps)
		return NULL;
	maps->nrefs = 1;
	maps->table = calloc(1, sizeof(*maps->table));
	if (!maps->table) {
		free(maps);
		return NULL;
	}
	maps->table->nrefs = 1;
	return maps;
}

struct maps *maps__ref(struct maps *maps)
{
	maps->nrefs++;
	return maps;
}

void maps__unref(struct maps *maps)
{
	if (!maps || --maps->nrefs)
		return;
	table_unref(maps->table);
	free(maps);
}

struct maps *maps__copy(const struct maps *maps)
{
	struct maps *copy = calloc(1, sizeof(*copy));

	if (!copy)
		return NULL;
	copy->nrefs = 1;
	copy->table = maps->table;
	copy->table->nrefs++;
	return copy;
}

/* Makes the table the owner's alone, with room for `more` mappings. Returns 0 or -ENOMEM. */
static int make_own(struct maps *maps, size_t more)
{
	struct table *old = maps->table, *table = old;
	struct mapping *grown;

	if (old->nrefs > 1) {
		table = calloc(1, sizeof(*table));
		if (!table)
			return -ENOMEM;
		table->nrefs = 1;
	}
	grown = array__reserve(table->at, &table->room, old->n + more, sizeof(*table->at));
	if (!grown) {
		if (table != old)
			table_unref(table);
		return -ENOMEM;
	}
	table->at = grown;
	if (table != old) {
		if (old->n)
			memcpy(table->at, old->at, old->n * sizeof(*table->at));
		table->n = old->n;
		table_unref(old);
		maps->table = table;
	}
	return 0;
}

/* The number of mappings that start at or below an address. */
static size_t count_below(const struct table *table, uint64_t address)
{
	size_t low = 0, high = table->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (table->at[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int maps__add(struct maps *maps, const struct mapping *mapping)
{
	struct mapping put[3];
	const struct mapping *old;
	struct table *table;
	size_t first, last, n = 0;

	if (mapping->start >= mapping->end)
		return 0;
	if (make_own(maps, 2))
		return -ENOMEM;
	table = maps->table;
	/* [first, last) are those that it overlaps: what they keep is put back beside it. */
	first = count_below(table, mapping->start);
	if (first && table->at[first - 1].end > mapping->start)
		first--;
	last = count_below(table, mapping->end - 1);
	old = &table->at[first];
	if (first < last && old->start < mapping->start) {
		put[n] = *old;
		put[n++].end = mapping->start;
	}
	put[n++] = *mapping;
	old = &table->at[last - (last > first)];
	if (first < last && old->end > mapping->end) {
		put[n] = *old;
		put[n].pgoff += mapping->end - old->start;
		put[n++].start = mapping->end;
	}
	memmove(&table->at[first + n], &table->at[last], (table->n - last) * sizeof(*table->at));
	memcpy(&table->at[first], put, n * sizeof(*put));
	table->n = table->n - (last - first) + n;
	return 0;
}

const struct mapping *maps__find(const struct maps *maps, uint64_t address)
{
	const struct table *table = maps->table;
	size_t below = count_below(table, address);

	if (!below || address >= table->at[below - 1].end)
		return NULL;
	return &table->at[below - 1];
}

uint64_t mapping__address(const struct mapping *mapping, uint64_t address)
{
	return module__address(mapping->module, address, address - mapping->start + mapping->pgoff);
}

/* Whether the mapping's module has its data at that address. */
static bool holds_data(const struct mapping *mapping, uint64_t address, uint64_t *module_address)
{
	uint64_t loaded;

	if (!mapping->module || !module__code_address(mapping->module, mapping->pgoff, &loaded))
		return false;
	*module_address = address - mapping->start + loaded;
	return module__is_data(mapping->module, *module_address);
}

const struct module *maps__find_data(const struct maps *maps, uint64_t address,
				     uint64_t *module_address)
{
	const struct table *table = maps->table;
	size_t below = count_below(table, address), i = below, asked = 0;
	const struct module *last = NULL;

	/* Data come behind the code: the nearest below is nearly always the one. */
	while (i-- && asked < NEIGHBOURS) {
		if (table->at[i].module == last)
			continue;
		last = table->at[i].module;
		asked++;
		if (holds_data(&table->at[i], address, module_address))
			return last;
	}
	if (below < table->n && holds_data(&table->at[below], address, module_address))
		return table->at[below].module;
	return NULL;
}
