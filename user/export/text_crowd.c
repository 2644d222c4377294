// SPDX-License-Identifier: GPL-2.0-only
#include "export/text_crowd.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LAST_SHIFT 55

struct crowd {
	unsigned int shift, nbuckets; /* a bucket is 1 << shift ns */
	bool used;
	uint64_t ns[];
};

struct crowd *crowd__new(unsigned int buckets)
{
	struct crowd *crowd = calloc(1, sizeof(*crowd) + buckets * sizeof(crowd->ns[0]));

	if (crowd)
		crowd->nbuckets = buckets;
	return crowd;
}

void crowd__free(struct crowd *crowd)
{
	free(crowd);
}

static void widen(struct crowd *crowd)
{
	size_t i, half = crowd->nbuckets / 2;

	for (i = 0; i < half; i++)
		crowd->ns[i] = crowd->ns[2 * i] + crowd->ns[2 * i + 1];
	memset(&crowd->ns[half], 0, half * sizeof(crowd->ns[0]));
	crowd->shift++;
}

void crowd__add(struct crowd *crowd, uint64_t start_ns, uint64_t end_ns)
{
	while (crowd->shift < LAST_SHIFT && end_ns > (uint64_t)crowd->nbuckets << crowd->shift)
		if (crowd->used)
			widen(crowd);
		else
			crowd->shift++;
	crowd->used |= start_ns < end_ns;
	while (start_ns < end_ns) {
		uint64_t at = start_ns >> crowd->shift, stop = (at + 1) << crowd->shift;

		if (at >= crowd->nbuckets)
			return;
		stop = stop < end_ns ? stop : end_ns;
		crowd->ns[at] += stop - start_ns;
		start_ns = stop;
	}
}

double crowd__sum(const struct crowd *crowd, uint64_t start_ns, uint64_t end_ns)
{
	uint64_t i = start_ns >> crowd->shift;
	double sum = 0;

	for (; i < crowd->nbuckets && i << crowd->shift < end_ns; i++) {
		uint64_t from = i << crowd->shift, to = (i + 1) << crowd->shift, width = to - from;

		from = from > start_ns ? from : start_ns;
		to = to < end_ns ? to : end_ns;
		sum += (double)crowd->ns[i] * (double)(to - from) / (double)width;
	}
	return sum;
}
