// SPDX-License-Identifier: GPL-2.0-only
#include "export/perfetto_order.h"

#include <stdlib.h>
#include <string.h>

/* What is under way when they are full begins in the past of the next ones: that shall be rare. */
#define MOST_ENTRIES 32768
#define MOST_BYTES   (2u << 20)

#define DIGIT_BITS 8
#define DIGITS	   (1u << DIGIT_BITS)

struct order_entry {
	uint64_t ts;
	uint32_t at, len; /* in bodies */
};

static bool grow(struct order *o)
{
	size_t room = o->room ? o->room * 2 : 256;
	struct order_entry *grown = realloc(o->entries, room * sizeof(*grown));

	if (!grown)
		return false;
	o->entries = grown;
	grown = realloc(o->other, room * sizeof(*grown));
	if (!grown)
		return false;
	o->other = grown;
	o->room = room;
	return true;
}

struct proto *order__begin(struct order *o, uint64_t ts)
{
	if (o->n == o->room && !grow(o))
		o->failed = true;
	if (!o->failed)
		o->entries[o->n] = (struct order_entry){.ts = ts, .at = (uint32_t)o->bodies.len};
	return &o->bodies;
}

void order__end(struct order *o)
{
	if (o->bodies.failed)
		o->failed = true;
	if (o->failed)
		return;
	o->entries[o->n].len = (uint32_t)o->bodies.len - o->entries[o->n].at;
	o->n++;
}

bool order__is_full(const struct order *o)
{
	return o->n >= MOST_ENTRIES || o->bodies.len >= MOST_BYTES;
}

/* From `from` to `to`, by the digit `shift` bits up of the distance to `least`. */
static void sort_digit(const struct order_entry *from, struct order_entry *to, size_t n,
		       uint64_t least, unsigned int shift)
{
	size_t place[DIGITS] = {0}, i, sum = 0, count;

	for (i = 0; i < n; i++)
		place[(from[i].ts - least) >> shift & (DIGITS - 1)]++;
	for (i = 0; i < DIGITS; i++) {
		count = place[i];
		place[i] = sum;
		sum += count;
	}
	for (i = 0; i < n; i++)
		to[place[(from[i].ts - least) >> shift & (DIGITS - 1)]++] = from[i];
}

void order__sort(struct order *o)
{
	uint64_t least = UINT64_MAX, most = 0;
	struct order_entry *swap;
	bool sorted = true;
	unsigned int shift;
	size_t i;

	for (i = 0; i < o->n; i++) {
		sorted = sorted && o->entries[i].ts >= most;
		least = o->entries[i].ts < least ? o->entries[i].ts : least;
		most = o->entries[i].ts > most ? o->entries[i].ts : most;
	}
	if (sorted)
		return;
	for (shift = 0; shift < 64 && (most - least) >> shift; shift += DIGIT_BITS) {
		sort_digit(o->entries, o->other, o->n, least, shift);
		swap = o->entries;
		o->entries = o->other;
		o->other = swap;
	}
}

const uint8_t *order__body(const struct order *o, size_t i, size_t *len, uint64_t *ts)
{
	*len = o->entries[i].len;
	*ts = o->entries[i].ts;
	return o->bodies.data + o->entries[i].at;
}

void order__reset(struct order *o)
{
	o->n = 0;
	proto__reset(&o->bodies);
}

void order__free(struct order *o)
{
	proto__free(&o->bodies);
	free(o->entries);
	free(o->other);
	memset(o, 0, sizeof(*o));
}
