// SPDX-License-Identifier: GPL-2.0-only
#include "export/text_lane.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LAST_SHIFT 55	 /* 256 such buckets hold 2^63 ns */
#define WHOLE	   65535 /* the share of a state that fills a bucket */
#define KEPT	   4	 /* states kept per bucket: the largest */

struct bucket {
	uint16_t share[KEPT]; /* 0 = free */
	uint8_t state[KEPT];
};

struct lane {
	unsigned int shift; /* a bucket is 1 << shift ns */
	bool used;
	unsigned int nbuckets;
	unsigned int open;	  /* the bucket that ns[] is about */
	uint64_t ns[LANE_STATES]; /* exact, until the open bucket is closed */
	struct bucket buckets[];
};

struct lane *lane__new(unsigned int buckets)
{
	struct lane *lane = calloc(1, sizeof(*lane) + buckets * sizeof(lane->buckets[0]));

	if (lane)
		lane->nbuckets = buckets;
	return lane;
}

void lane__free(struct lane *lane)
{
	free(lane);
}

/* Adds a share; where all places are taken by others, the smallest gives way. */
static void add_share(struct bucket *b, unsigned int state, unsigned int share)
{
	unsigned int i, least = 0;

	if (!share)
		return;
	for (i = 0; i < KEPT; i++) {
		if (b->share[i] && b->state[i] == state) {
			share += b->share[i];
			b->share[i] = (uint16_t)(share < WHOLE ? share : WHOLE);
			return;
		}
		if (b->share[i] < b->share[least])
			least = i;
	}
	if (share <= b->share[least])
		return;
	b->state[least] = (uint8_t)state;
	b->share[least] = (uint16_t)(share < WHOLE ? share : WHOLE);
}

static void close_bucket(struct lane *lane)
{
	unsigned int state;

	for (state = 0; state < LANE_STATES; state++) {
		uint64_t ns = lane->ns[state];

		/* Wide buckets are scaled down first, so that the product fits 64 bits. */
		if (!ns)
			continue;
		if (lane->shift > 40)
			ns = (ns >> (lane->shift - 40)) * WHOLE >> 40;
		else
			ns = ns * WHOLE >> lane->shift;
		add_share(&lane->buckets[lane->open], state, (unsigned int)(ns ? ns : 1));
		lane->ns[state] = 0;
	}
}

static void widen(struct lane *lane)
{
	size_t i, j, half;

	for (i = 0; i < lane->nbuckets / 2; i++) {
		const struct bucket *pair = &lane->buckets[2 * i];
		struct bucket joined = {0};

		/* As a rule one thing goes on for long. */
		if (!memcmp(&pair[0], &pair[1], sizeof(pair[0]))) {
			lane->buckets[i] = pair[0];
			continue;
		}
		for (half = 0; half < 2; half++)
			for (j = 0; j < KEPT; j++)
				add_share(&joined, pair[half].state[j],
					  (pair[half].share[j] + 1u) / 2);
		lane->buckets[i] = joined;
	}
	memset(&lane->buckets[lane->nbuckets / 2], 0, sizeof(struct bucket) * lane->nbuckets / 2);
	lane->shift++;
	lane->open /= 2;
}

void lane__add(struct lane *lane, unsigned int state, uint64_t start_ns, uint64_t end_ns)
{
	while (lane->shift < LAST_SHIFT && end_ns > (uint64_t)lane->nbuckets << lane->shift)
		if (lane->used)
			widen(lane);
		else
			lane->shift++;
	lane->used |= start_ns < end_ns;
	while (start_ns < end_ns) {
		uint64_t at = start_ns >> lane->shift, stop = (at + 1) << lane->shift;

		if (at >= lane->nbuckets)
			return;
		if (at != lane->open) {
			close_bucket(lane);
			lane->open = (unsigned int)at;
		}
		stop = stop < end_ns ? stop : end_ns;
		lane->ns[state] += stop - start_ns;
		start_ns = stop;
	}
}

void lane__sum(struct lane *lane, uint64_t start_ns, uint64_t end_ns, double *ns)
{
	unsigned int i, j, first = (unsigned int)(start_ns >> lane->shift);

	close_bucket(lane);
	for (i = first; i < lane->nbuckets && (uint64_t)i << lane->shift < end_ns; i++) {
		const struct bucket *b = &lane->buckets[i];
		uint64_t from = (uint64_t)i << lane->shift, to = (uint64_t)(i + 1) << lane->shift;

		from = from > start_ns ? from : start_ns;
		to = to < end_ns ? to : end_ns;
		for (j = 0; j < KEPT; j++)
			if (b->share[j])
				ns[b->state[j]] += (double)(to - from) * b->share[j] / WHOLE;
	}
}
