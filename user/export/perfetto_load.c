// SPDX-License-Identifier: GPL-2.0-only
#include "export/perfetto_load.h"

#include <stdlib.h>
#include <string.h>

/* Steps begin at 1 us and double as the trace grows. */
#define FIRST_SHIFT 10

struct curve {
	uint64_t part[LOAD_BUCKETS]; /* ns in this step by what begins, ends or was merged here */
	int64_t whole[LOAD_BUCKETS]; /* change of how many cover the step from end to end */
};

struct load {
	unsigned int shift, curves;
	struct curve curve[];
};

struct load *load__new(unsigned int curves)
{
	struct load *l = calloc(1, sizeof(*l) + curves * sizeof(l->curve[0]));

	if (l) {
		l->shift = FIRST_SHIFT;
		l->curves = curves;
	}
	return l;
}

void load__free(struct load *l)
{
	free(l);
}

uint64_t load__step(const struct load *l)
{
	return 1ULL << l->shift;
}

static void double_steps(struct load *l)
{
	struct curve *c;
	int64_t covering;
	uint64_t ns;
	size_t i;

	for (c = l->curve; c < l->curve + l->curves; c++) {
		covering = 0;
		for (i = 0; i < LOAD_BUCKETS; i++) {
			covering += c->whole[i];
			ns = c->part[i] + ((uint64_t)covering << l->shift);
			c->part[i] = 0;
			c->part[i / 2] += ns;
		}
		memset(c->whole, 0, sizeof(c->whole));
	}
	l->shift++;
}

void load__add(struct load *l, unsigned int curve, uint64_t start, uint64_t end)
{
	struct curve *c = &l->curve[curve];
	uint64_t first, last;

	while ((end - 1) >> l->shift >= LOAD_BUCKETS)
		double_steps(l);
	first = start >> l->shift;
	last = (end - 1) >> l->shift;
	if (first == last) {
		c->part[first] += end - start;
		return;
	}
	c->part[first] += ((first + 1) << l->shift) - start;
	c->part[last] += end - (last << l->shift);
	c->whole[first + 1]++;
	c->whole[last]--;
}

int load__curve(const struct load *l, unsigned int curve, uint64_t start, uint64_t end,
		int (*fn)(void *ctx, uint64_t ns, double mean), void *ctx)
{
	const struct curve *c = &l->curve[curve];
	uint64_t from, to, ns;
	double mean, shown = -1;
	int64_t covering = 0;
	size_t i;
	int ret;

	for (i = 0; i < LOAD_BUCKETS; i++) {
		covering += c->whole[i];
		from = (uint64_t)i << l->shift;
		to = from + load__step(l);
		if (to <= start)
			continue;
		if (from >= end)
			break;
		from = from < start ? start : from;
		to = to > end ? end : to;
		ns = c->part[i] + ((uint64_t)covering << l->shift);
		mean = (double)ns / (double)(to - from);
		if (mean == shown)
			continue;
		ret = fn(ctx, from, mean);
		if (ret)
			return ret;
		shown = mean;
	}
	return 0;
}
