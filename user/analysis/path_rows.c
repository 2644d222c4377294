// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/path_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/counts.h"
#include "lib/array.h"
#include "lib/u64map.h"

#define MAX_ROWS   100000 /* that are told apart in full */
#define MAX_STACKS 32	  /* of one row */

struct path_rows {
	struct path_row *rows;
	size_t count, size;
	struct u64map *by_hash; /* the last row of that hash, + 1 */
	uint32_t last;		/* that was asked for */
};

_Static_assert(sizeof(struct path_what) == 20, "compared as bytes: without padding");

struct path_rows *path_rows__new(void)
{
	struct path_rows *rows = calloc(1, sizeof(*rows));

	if (!rows)
		return NULL;
	rows->by_hash = u64map__new();
	if (rows->by_hash)
		return rows;
	free(rows);
	return NULL;
}

void path_rows__free(struct path_rows *rows)
{
	size_t i;

	if (!rows)
		return;
	for (i = 0; i < rows->count; i++)
		counts__free(rows->rows[i].stacks);
	free(rows->rows);
	u64map__free(rows->by_hash);
	free(rows);
}

static bool same(const struct path_what *a, const struct path_what *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* FNV-1a, by words (http://www.isthe.com/chongo/tech/comp/fnv/). */
static uint64_t hash(const struct path_what *what)
{
	uint32_t words[sizeof(*what) / sizeof(uint32_t)];
	uint64_t h = 0xcbf29ce484222325u;
	size_t i;

	memcpy(words, what, sizeof(words));
	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		h = (h ^ words[i]) * 0x100000001b3u;
	return h;
}

static int add(struct path_rows *rows, const struct path_what *what, uint64_t h, uint32_t next)
{
	struct path_row *grown =
		array__reserve(rows->rows, &rows->size, rows->count, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	rows->rows = grown;
	if (u64map__set(rows->by_hash, h, (void *)(rows->count + 1)))
		return -ENOMEM;
	grown[rows->count] = (struct path_row){.what = *what, .next = next};
	rows->last = (uint32_t)rows->count++;
	return 0;
}

int path_rows__find(struct path_rows *rows, const struct path_what *what, uint32_t *number)
{
	struct path_what coarse = *what;
	uint32_t first, i;
	uint64_t h;
	int err;

	if (rows->count && same(&rows->rows[rows->last].what, what)) {
		*number = rows->last;
		return 0;
	}
	if (rows->count >= MAX_ROWS)
		coarse.object = coarse.file = coarse.from = PAST_NONE;
	h = hash(&coarse);
	first = (uint32_t)(uintptr_t)u64map__get(rows->by_hash, h) - 1; /* none: PAST_NONE */
	for (i = first; i != PAST_NONE; i = rows->rows[i].next)
		if (same(&rows->rows[i].what, &coarse))
			break;
	err = i == PAST_NONE ? add(rows, &coarse, h, first) : 0;
	if (i != PAST_NONE)
		rows->last = i;
	*number = rows->last;
	return err;
}

struct path_row *path_rows__at(struct path_rows *rows, uint32_t number)
{
	return &rows->rows[number];
}

size_t path_rows__count(const struct path_rows *rows)
{
	return rows->count;
}

int path_rows__stack(struct path_rows *rows, uint32_t number, uint64_t stack, uint64_t weight)
{
	return stack ? counts__add(&rows->rows[number].stacks, stack, 1, weight, MAX_STACKS) : 0;
}
