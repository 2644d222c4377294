// SPDX-License-Identifier: GPL-2.0-only
/* What the recording tells of the machine: CPUs, what else ran on them, how its scheduler works. */
#include <errno.h>
#include <stdlib.h>

#include "replay/recording.h"

#define MOST_CPUS	   1024
#define DEFAULT_SLICE_NS   3000000u
#define DEFAULT_LATENCY_NS 20000u /* a guess: to an idle CPU of a virtual machine */
#define FEW		   8	  /* too few to take a median of */

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static uint64_t median(uint64_t *values, size_t count, uint64_t none)
{
	if (count < FEW)
		return none;
	qsort(values, count, sizeof(*values), by_value);
	return values[count / 2];
}

static bool is_there(const struct recording *rec, unsigned int cpu)
{
	return rec->idle[cpu].work_ns || rec->idle[cpu].end_ns || rec->cpus[cpu].count;
}

static bool has(const uint64_t *set, size_t words, unsigned int cpu)
{
	return !set || (cpu / 64 < words && set[cpu / 64] >> cpu % 64 & 1);
}

/*
 * Whether its tasks may use the CPU, by the time that they waited for one; a hundredth is what
 * taskset does elsewhere before it has changed that.
 */
static bool is_allowed(const struct recording *rec, const struct model *model, unsigned int cpu)
{
	uint64_t all = 0, allowed = 0;
	size_t id, words = 0;

	for (id = 0; id < rec->nallowed; id++) {
		const uint64_t *set =
			rec->allowed_ns[id] ? model__allowed(model, (uint32_t)id, &words) : NULL;

		all += rec->allowed_ns[id];
		allowed += has(set, words, cpu) ? rec->allowed_ns[id] : 0;
	}
	return allowed >= all / 100;
}

static unsigned int usable_cpus(const struct recording *rec, const struct model *model,
				unsigned int ncpus, uint32_t *ids)
{
	unsigned int cpu, n = 0;

	for (cpu = 0; cpu < ncpus; cpu++)
		if (is_there(rec, cpu) && is_allowed(rec, model, cpu))
			ids[n++] = cpu;
	if (!n)
		ids[n++] = 0;
	return n;
}

static int by_start(const void *a, const void *b)
{
	const struct replay_busy *x = a, *y = b;

	return x->start_ns < y->start_ns ? -1 : x->start_ns > y->start_ns;
}

/*
 * What others had of a CPU counts only while the program waited for one: the rest was left to them.
 * Returns 0 or -ENOMEM.
 */
static int take_cpu(struct replay_cpu *to, const struct replay_cpu *others,
		    const struct replay_cpu *wanted, uint64_t begin)
{
	uint64_t until = 0;
	size_t o = 0, w;

	for (w = 0; w < wanted->count; w++) {
		uint64_t start = wanted->busy[w].start_ns, end = wanted->busy[w].end_ns;

		start = start > until ? start : until;
		until = end > until ? end : until;
		while (o < others->count && others->busy[o].end_ns <= start)
			o++;
		for (; o < others->count && others->busy[o].start_ns < end; o++) {
			uint64_t s = others->busy[o].start_ns, e = others->busy[o].end_ns;

			s = s > start ? s : start;
			if (s < (e < end ? e : end) &&
			    recording__add_busy(to, s - begin, (e < end ? e : end) - begin))
				return -ENOMEM;
			if (e > end)
				break;
		}
	}
	return 0;
}

/* Ops have the machine's numbers so far. */
static void number_cpus(struct program *p, const uint32_t *ids)
{
	uint16_t numbers[MOST_CPUS];
	unsigned int i;
	size_t o;

	for (i = 0; i < MOST_CPUS; i++)
		numbers[i] = NOWHERE;
	for (i = 0; i < p->ncpus; i++)
		numbers[ids[i]] = (uint16_t)i;
	for (o = 0; o < p->nops; o++)
		if (p->ops[o].kind == OP_RUN)
			p->ops[o].cpu =
				p->ops[o].cpu < MOST_CPUS ? numbers[p->ops[o].cpu] : NOWHERE;
}

int program__take_machine(struct program *p, struct recording *rec, const struct model *model)
{
	uint64_t begin = model__window_start(model);
	unsigned int i, ncpus = model__cpus(model) < MOST_CPUS ? model__cpus(model) : MOST_CPUS;
	uint32_t *ids = calloc(ncpus + 1, sizeof(*ids));
	int err = 0;

	if (!ids)
		return -ENOMEM;
	p->ncpus = usable_cpus(rec, model, ncpus, ids);
	if (rec->wanted.count)
		qsort(rec->wanted.busy, rec->wanted.count, sizeof(*rec->wanted.busy), by_start);
	p->cpus = calloc(p->ncpus, sizeof(*p->cpus));
	for (i = 0; p->cpus && i < p->ncpus && !err; i++)
		err = take_cpu(&p->cpus[i], &rec->cpus[ids[i]], &rec->wanted, begin);
	number_cpus(p, ids);
	free(ids);
	p->slice_ns = median(rec->stints, rec->nstints, DEFAULT_SLICE_NS);
	p->latency_ns = median(rec->latencies, rec->nlatencies, DEFAULT_LATENCY_NS);
	return p->cpus ? err : -ENOMEM;
}
