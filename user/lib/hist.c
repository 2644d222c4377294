// SPDX-License-Identifier: GPL-2.0-only
#include "lib/hist.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STEP_BITS 5
#define STEPS	  (1u << STEP_BITS)

/* Values below STEPS have a bucket each; above, the top STEP_BITS bits after the leading one. */
static uint32_t bucket_of(uint64_t value)
{
	unsigned int top;

	if (value < STEPS)
		return (uint32_t)value;
	top = 63 - (unsigned int)__builtin_clzll(value);
	return (top - STEP_BITS + 1) * STEPS +
	       (uint32_t)((value >> (top - STEP_BITS)) & (STEPS - 1));
}

/* The largest value that falls into the bucket. */
static uint64_t bucket_end(uint32_t bucket)
{
	unsigned int shift;

	if (bucket < STEPS)
		return bucket;
	shift = bucket / STEPS - 1;
	return ((uint64_t)(bucket % STEPS + STEPS) << shift) + ((1ULL << shift) - 1);
}

static int reserve(struct hist *h, uint32_t nbuckets)
{
	uint32_t *grown;

	if (nbuckets <= h->nbuckets)
		return 0;
	grown = realloc(h->bucket, nbuckets * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	memset(grown + h->nbuckets, 0, (nbuckets - h->nbuckets) * sizeof(*grown));
	h->bucket = grown;
	h->nbuckets = nbuckets;
	return 0;
}

int hist__add(struct hist *h, uint64_t value)
{
	uint32_t bucket = bucket_of(value);
	int err;

	h->count++;
	h->sum += value;
	if (value > h->max)
		h->max = value;
	err = reserve(h, bucket + 1);
	if (err)
		return err;
	h->bucket[bucket]++;
	return 0;
}

uint64_t hist__percentile(const struct hist *h, double percent)
{
	uint64_t want, seen = 0, value;
	uint32_t i;

	if (!h->count)
		return 0;
	want = (uint64_t)((double)h->count * percent / 100.0 + 0.999999);
	if (!want)
		want = 1;
	for (i = 0; i < h->nbuckets; i++) {
		seen += h->bucket[i];
		if (seen < want)
			continue;
		value = bucket_end(i);
		return value < h->max ? value : h->max;
	}
	return h->max;
}

int hist__merge(struct hist *to, const struct hist *from)
{
	uint32_t i;
	int err = reserve(to, from->nbuckets);

	if (err)
		return err;
	for (i = 0; i < from->nbuckets; i++)
		to->bucket[i] += from->bucket[i];
	to->count += from->count;
	to->sum += from->sum;
	if (from->max > to->max)
		to->max = from->max;
	return 0;
}

void hist__clear(struct hist *h)
{
	free(h->bucket);
	memset(h, 0, sizeof(*h));
}
