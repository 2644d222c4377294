// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/samples.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The array has no field for its size: it is the power of two at or above count, at least 2. */
static int add_exact(struct samples *s, uint64_t value)
{
	uint64_t *grown;

	if (!s->values || (s->count >= 2 && !(s->count & (s->count - 1)))) {
		grown = realloc(s->values, (s->count ? s->count * 2 : 2) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		s->values = grown;
	}
	s->values[s->count++] = value;
	return 0;
}

static int to_hist(struct samples *s)
{
	uint32_t i;

	s->hist = calloc(1, sizeof(*s->hist));
	if (!s->hist)
		return -ENOMEM;
	for (i = 0; i < s->count; i++)
		if (hist__add(s->hist, s->values[i]))
			return -ENOMEM;
	free(s->values);
	s->values = NULL;
	s->count = 0;
	return 0;
}

int samples__add(struct samples *s, uint64_t value)
{
	if (!s->hist && s->count < SAMPLES_EXACT)
		return add_exact(s, value);
	if (!s->hist && to_hist(s))
		return -ENOMEM;
	return hist__add(s->hist, value);
}

uint64_t samples__count(const struct samples *s)
{
	return s->hist ? s->hist->count : s->count;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

uint64_t samples__percentile(struct samples *s, double percent)
{
	uint32_t rank;

	if (s->hist)
		return hist__percentile(s->hist, percent);
	if (!s->count)
		return 0;
	qsort(s->values, s->count, sizeof(*s->values), compare);
	rank = (uint32_t)((double)s->count * percent / 100.0 + 0.999999);
	return s->values[rank ? rank - 1 : 0];
}

uint64_t samples__max(const struct samples *s)
{
	uint64_t max = 0;
	uint32_t i;

	if (s->hist)
		return s->hist->max;
	for (i = 0; i < s->count; i++)
		if (s->values[i] > max)
			max = s->values[i];
	return max;
}

void samples__clear(struct samples *s)
{
	free(s->values);
	if (s->hist)
		hist__clear(s->hist);
	free(s->hist);
	memset(s, 0, sizeof(*s));
}
