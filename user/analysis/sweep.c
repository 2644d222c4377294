// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each CPU has a frontier: up to there its use is known. Sorted by frontier, CPUs f1 <= f2 <= ...
 * cut time into regions [fi, fi+1) in which the same CPUs are still to speak (1..i). Since a CPU
 * keeps one use from its frontier to the end of its next slice, a region needs no order of time
 * inside it: a histogram by number of busy CPUs will do. A new slice applies to all regions that
 * it covers, then its CPU's region joins the one before, and the CPU moves to its new place.
 */
#include "analysis/sweep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Time by number k of busy CPUs; that of k sits at (k - shift) modulo the size. */
struct region {
	uint64_t *ns;	     /* NULL = all zero */
	uint32_t shift, top; /* no k above top has any */
	uint64_t unknown;
};

struct node {
	struct region region; /* from this frontier to the next node's */
	uint64_t frontier;
	struct node *prev, *next;
	bool seen;
};

struct sweep {
	struct node head;    /* its region is what all CPUs have spoken about: the result */
	struct region spare; /* to cut a region in two */
	unsigned int ncpus, seen;
	uint32_t mask; /* regions have mask + 1 elements */
	bool started;
	struct node nodes[];
};

static uint64_t *at(const struct sweep *s, const struct region *r, uint32_t k)
{
	return &r->ns[(k - r->shift) & s->mask];
}

static int put(const struct sweep *s, struct region *r, uint32_t k, uint64_t ns)
{
	if (!ns)
		return 0;
	if (!r->ns) {
		r->ns = calloc(s->mask + 1, sizeof(*r->ns));
		if (!r->ns)
			return -ENOMEM;
	}
	*at(s, r, k) += ns;
	if (k > r->top)
		r->top = k;
	return 0;
}

/* Moves all time of `from` to `to`. */
static int merge(const struct sweep *s, struct region *to, struct region *from)
{
	uint32_t k;

	to->unknown += from->unknown;
	from->unknown = 0;
	for (k = 0; from->ns && k <= from->top; k++) {
		if (put(s, to, k, *at(s, from, k)))
			return -ENOMEM;
		*at(s, from, k) = 0;
	}
	from->top = 0;
	from->shift = 0;
	return 0;
}

/* One more CPU has told its use for the whole of the region. */
static void apply(const struct sweep *s, struct region *r, enum cpu_use use)
{
	uint32_t k;

	if (!r->ns)
		return;
	if (use == CPU_WORKLOAD) {
		r->shift++;
		r->top++;
	} else if (use == CPU_UNKNOWN) {
		for (k = 0; k <= r->top; k++) {
			r->unknown += *at(s, r, k);
			*at(s, r, k) = 0;
		}
		r->top = 0;
	}
}

static uint64_t part_of(uint64_t ns, uint64_t part, uint64_t whole)
{
	return (uint64_t)((unsigned __int128)ns * part / whole);
}

/* Moves the last `part` of `whole` ns of r to the (empty) region `rest`. */
static int split(const struct sweep *s, struct region *r, struct region *rest, uint64_t part,
		 uint64_t whole)
{
	uint64_t ns = part_of(r->unknown, part, whole);
	uint32_t k;

	rest->unknown = ns;
	r->unknown -= ns;
	for (k = 0; r->ns && k <= r->top; k++) {
		ns = part_of(*at(s, r, k), part, whole);
		if (put(s, rest, k, ns))
			return -ENOMEM;
		*at(s, r, k) -= ns;
	}
	return 0;
}

static void insert_after(struct node *where, struct node *n)
{
	n->prev = where;
	n->next = where->next;
	if (n->next)
		n->next->prev = n;
	where->next = n;
}

static void unlink_node(struct node *n)
{
	n->prev->next = n->next;
	if (n->next)
		n->next->prev = n->prev;
}

/* The region from m's frontier on holds `end`: cuts it there, the rest goes to s->spare. */
static int cut(struct sweep *s, struct node *m, uint64_t end, enum cpu_use use)
{
	if (m->next) {
		if (split(s, &m->region, &s->spare, m->next->frontier - end,
			  m->next->frontier - m->frontier))
			return -ENOMEM;
		apply(s, &m->region, use);
		return 0;
	}
	/* Beyond the last frontier nobody has spoken before. */
	if (use == CPU_UNKNOWN)
		m->region.unknown += end - m->frontier;
	else
		return put(s, &m->region, use == CPU_WORKLOAD, end - m->frontier);
	return 0;
}

/* n's use from its frontier to `end`, which is later. */
static int resolve(struct sweep *s, struct node *n, uint64_t end, enum cpu_use use)
{
	struct node *m = n;
	struct region empty;

	for (; m->next && m->next->frontier <= end; m = m->next)
		apply(s, &m->region, use);
	if (cut(s, m, end, use) || merge(s, &n->prev->region, &n->region))
		return -ENOMEM;
	if (m == n)
		m = n->prev;
	unlink_node(n);
	insert_after(m, n);
	n->frontier = end;
	empty = n->region;
	n->region = s->spare;
	s->spare = empty;
	return 0;
}

struct sweep *sweep__new(unsigned int ncpus)
{
	struct sweep *s = calloc(1, sizeof(*s) + ncpus * sizeof(s->nodes[0]));
	uint32_t size = 2;
	unsigned int cpu;

	if (!s)
		return NULL;
	while (size < ncpus + 1)
		size *= 2;
	s->mask = size - 1;
	s->ncpus = ncpus;
	for (cpu = 0; cpu < ncpus; cpu++)
		insert_after(&s->head, &s->nodes[cpu]);
	return s;
}

void sweep__free(struct sweep *s)
{
	unsigned int cpu;

	if (!s)
		return;
	for (cpu = 0; cpu < s->ncpus; cpu++)
		free(s->nodes[cpu].region.ns);
	free(s->head.region.ns);
	free(s->spare.ns);
	free(s);
}

int sweep__add(struct sweep *s, const struct cpu_slice *slice)
{
	struct node *n;
	unsigned int cpu;

	if (slice->cpu >= s->ncpus)
		return -EINVAL;
	n = &s->nodes[slice->cpu];
	for (cpu = 0; !s->started && cpu < s->ncpus; cpu++)
		s->nodes[cpu].frontier = slice->start_ns;
	s->started = true;
	if (!n->seen)
		s->seen++;
	n->seen = true;
	if (slice->start_ns > n->frontier && resolve(s, n, slice->start_ns, CPU_UNKNOWN))
		return -ENOMEM;
	return slice->end_ns > n->frontier ? resolve(s, n, slice->end_ns, slice->use) : 0;
}

int sweep__finish(struct sweep *s, uint64_t end_ns)
{
	unsigned int cpu;
	int err = 0;

	for (cpu = 0; cpu < s->ncpus && s->started && !err; cpu++) {
		struct node *n = &s->nodes[cpu];

		if (n->frontier < end_ns)
			err = resolve(s, n, end_ns, n->seen ? CPU_UNKNOWN : CPU_IDLE);
	}
	return err;
}

uint64_t sweep__busy_ns(const struct sweep *s, unsigned int k)
{
	return s->head.region.ns && k <= s->head.region.top ? *at(s, &s->head.region, k) : 0;
}

uint64_t sweep__unknown_ns(const struct sweep *s)
{
	return s->head.region.unknown;
}

unsigned int sweep__cpus(const struct sweep *s)
{
	return s->seen;
}
