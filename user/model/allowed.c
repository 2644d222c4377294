// SPDX-License-Identifier: GPL-2.0-only
#include "model/allowed.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/events.h"
#include "lib/array.h"

#define MOST 4096 /* sets; each costs 128 bytes */
#define HASH 8192 /* places; a power of two, more than MOST */

struct cpu_set {
	uint64_t words[CT_CPU_WORDS];
};

struct allowed {
	struct cpu_set *sets; /* by id; that of 0 is not used */
	size_t count, room;
	uint16_t by_hash[HASH]; /* ids, 0 = free */
};

struct allowed *allowed__new(void)
{
	struct allowed *a = calloc(1, sizeof(*a));

	if (a)
		a->count = 1;
	return a;
}

void allowed__free(struct allowed *a)
{
	if (a)
		free(a->sets);
	free(a);
}

/* Of the machine's CPUs only. True if that is all of them. */
static bool read_set(struct cpu_set *set, const struct ct_affinity *record, unsigned int ncpus)
{
	bool all = true;
	unsigned int cpu;

	memset(set, 0, sizeof(*set));
	for (cpu = 0; cpu < ncpus && cpu < CT_CPU_WORDS * 64; cpu++) {
		uint64_t bit = 1ULL << cpu % 64;

		if (cpu < record->ncpus && record->mask[cpu / 64] & bit)
			set->words[cpu / 64] |= bit;
		else
			all = false;
	}
	return all || !record->ncpus;
}

static uint32_t hash_of(const struct cpu_set *set)
{
	uint64_t hash = 0;
	size_t i;

	for (i = 0; i < CT_CPU_WORDS; i++) {
		hash = (hash ^ set->words[i]) * 0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 32;
	}
	return (uint32_t)hash & (HASH - 1);
}

int allowed__add(struct allowed *a, const struct ct_affinity *record, unsigned int ncpus)
{
	struct cpu_set set, *sets;
	uint32_t i;

	if (read_set(&set, record, ncpus))
		return 0;
	for (i = hash_of(&set); a->by_hash[i]; i = (i + 1) & (HASH - 1))
		if (!memcmp(&a->sets[a->by_hash[i]], &set, sizeof(set)))
			return a->by_hash[i];
	if (a->count == MOST)
		return -ENOSPC;
	sets = array__reserve(a->sets, &a->room, a->count, sizeof(*sets));
	if (!sets)
		return -ENOMEM;
	a->sets = sets;
	sets[a->count] = set;
	a->by_hash[i] = (uint16_t)a->count;
	return (int)a->count++;
}

const uint64_t *allowed__cpus(const struct allowed *a, uint32_t id, size_t *words)
{
	*words = CT_CPU_WORDS;
	return id && id < a->count ? a->sets[id].words : NULL;
}
