// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/idle_ready.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/array.h"
#include "model/model.h"

/* Threads that may run on the same CPUs. */
struct set {
	const uint64_t *cpus; /* NULL = all */
	size_t words;
	uint32_t wakeup, balance;
	uint32_t idle;	/* of its CPUs */
	uint32_t place; /* in live[] */
};

/* When a thread that is counted under balance was just woken. */
struct turn {
	uint64_t ns;
	uint32_t set;
};

struct idle_ready {
	const struct model *model;
	struct set *sets; /* by id of allowed CPUs */
	size_t nsets;
	uint32_t *live; /* ids of those that have threads now */
	size_t nlive, live_room;
	struct turn *turns; /* a heap, the latest first */
	size_t nturns, turns_room;
	uint64_t *idle; /* bit per CPU */
	size_t words;
	struct idle_ready_counts counts;
};

struct idle_ready *idle_ready__new(const struct model *model)
{
	struct idle_ready *r = calloc(1, sizeof(*r));

	if (r)
		r->model = model;
	return r;
}

void idle_ready__free(struct idle_ready *r)
{
	if (!r)
		return;
	free(r->sets);
	free(r->live);
	free(r->turns);
	free(r->idle);
	free(r);
}

const struct idle_ready_counts *idle_ready__counts(const struct idle_ready *r)
{
	return &r->counts;
}

/* --- sets --- */

static void count(struct idle_ready *r, const struct set *set)
{
	if (set->idle) {
		r->counts.wakeup += set->wakeup;
		r->counts.balance += set->balance;
	} else {
		r->counts.affinity += set->wakeup + set->balance;
	}
}

static void discount(struct idle_ready *r, const struct set *set)
{
	if (set->idle) {
		r->counts.wakeup -= set->wakeup;
		r->counts.balance -= set->balance;
	} else {
		r->counts.affinity -= set->wakeup + set->balance;
	}
}

static uint32_t idle_of(const struct idle_ready *r, const struct set *set)
{
	uint32_t n = 0;
	size_t i;

	for (i = 0; i < r->words && (!set->cpus || i < set->words); i++)
		n += (uint32_t)__builtin_popcountll(r->idle[i] &
						    (set->cpus ? set->cpus[i] : ~0ULL));
	return n;
}

static bool has_cpu(const struct set *set, uint32_t cpu)
{
	return !set->cpus || (cpu / 64 < set->words && set->cpus[cpu / 64] >> cpu % 64 & 1);
}

/* The set with this id, among those that have threads. NULL when out of memory. */
static struct set *live_set(struct idle_ready *r, uint32_t id)
{
	struct set *sets = array__reserve(r->sets, &r->nsets, id, sizeof(*sets)), *set;
	uint32_t *live;

	if (!sets)
		return NULL;
	r->sets = sets;
	set = &sets[id];
	if (set->wakeup || set->balance)
		return set;
	live = array__reserve(r->live, &r->live_room, r->nlive, sizeof(*live));
	if (!live)
		return NULL;
	r->live = live;
	set->cpus = model__allowed(r->model, id, &set->words);
	set->idle = idle_of(r, set);
	set->place = (uint32_t)r->nlive;
	live[r->nlive++] = id;
	return set;
}

static void retire_if_empty(struct idle_ready *r, struct set *set)
{
	uint32_t last;

	if (set->wakeup || set->balance)
		return;
	last = r->live[--r->nlive];
	r->live[set->place] = last;
	r->sets[last].place = set->place;
}

int idle_ready__cpu(struct idle_ready *r, uint32_t cpu, bool idle)
{
	uint64_t *words = array__reserve(r->idle, &r->words, cpu / 64, sizeof(*words));
	uint64_t bit = 1ULL << cpu % 64;
	size_t i;

	if (!words)
		return -ENOMEM;
	r->idle = words;
	if (!(words[cpu / 64] & bit) == !idle)
		return 0;
	words[cpu / 64] ^= bit;
	for (i = 0; i < r->nlive; i++) {
		struct set *set = &r->sets[r->live[i]];

		if (!has_cpu(set, cpu))
			continue;
		discount(r, set);
		set->idle += idle ? 1 : -1u;
		count(r, set);
	}
	return 0;
}

/* --- turns --- */

static int push(struct idle_ready *r, struct turn turn)
{
	struct turn *heap = array__reserve(r->turns, &r->turns_room, r->nturns, sizeof(*heap));
	size_t i = r->nturns;

	if (!heap)
		return -ENOMEM;
	r->turns = heap;
	for (; i && heap[(i - 1) / 2].ns < turn.ns; i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = turn;
	r->nturns++;
	return 0;
}

static struct turn pop(struct idle_ready *r)
{
	struct turn *heap = r->turns, top = heap[0], last = heap[--r->nturns];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < r->nturns) {
		if (child + 1 < r->nturns && heap[child + 1].ns > heap[child].ns)
			child++;
		if (heap[child].ns <= last.ns)
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = last;
	return top;
}

uint64_t idle_ready__next(const struct idle_ready *r)
{
	return r->nturns ? r->turns[0].ns : 0;
}

void idle_ready__pass(struct idle_ready *r)
{
	struct set *set = &r->sets[pop(r).set];

	discount(r, set);
	set->balance--;
	set->wakeup++;
	count(r, set);
}

/* --- slices --- */

/* Has just been woken all the time that the slice lasts. */
static bool is_short(const struct past_task *slice)
{
	return !slice->preempted && slice->end_ns - slice->start_ns <= IDLE_WAKEUP_NS;
}

int idle_ready__enter(struct idle_ready *r, const struct past_task *slice)
{
	struct set *set = live_set(r, slice->allowed);

	if (!set)
		return -ENOMEM;
	discount(r, set);
	if (is_short(slice))
		set->wakeup++;
	else
		set->balance++;
	count(r, set);
	if (slice->preempted || is_short(slice))
		return 0;
	return push(r, (struct turn){slice->start_ns + IDLE_WAKEUP_NS, slice->allowed});
}

void idle_ready__leave(struct idle_ready *r, const struct past_task *slice)
{
	struct set *set = &r->sets[slice->allowed];

	discount(r, set);
	if (slice->preempted)
		set->balance--;
	else
		set->wakeup--;
	count(r, set);
	retire_if_empty(r, set);
}
