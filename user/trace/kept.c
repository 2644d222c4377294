// SPDX-License-Identifier: GPL-2.0-only
#include "trace/kept.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"

int kept__set(struct kept **slot, uint64_t order, uint32_t stream, const union ct_event *ev,
	      size_t size)
{
	struct kept *k = *slot;

	if (!k || k->room < size) {
		k = malloc(sizeof(*k) + ((size + 7) & ~(size_t)7));
		if (!k)
			return -ENOMEM;
		free(*slot);
		*slot = k;
		k->room = (uint32_t)size;
	}
	k->order = order;
	k->stream = stream;
	k->size = (uint32_t)size;
	memcpy(k->words, ev, size);
	return 0;
}

bool kept__is(const struct kept *k)
{
	return k && k->size;
}

bool kept__since(const struct kept *k, uint64_t ns)
{
	return kept__is(k) && k->words[0] >= ns; /* ct_hdr.ts comes first */
}

void kept__drop(struct kept *k)
{
	if (k)
		k->size = 0;
}

union ct_event *kept__event(struct kept *k)
{
	return (union ct_event *)k->words;
}

void kept_list__add_ref(struct kept_list *list, const struct kept_ref *ref)
{
	struct kept_ref *refs = array__reserve(list->refs, &list->size, list->count, sizeof(*refs));

	if (!refs) {
		list->failed = true;
		return;
	}
	list->refs = refs;
	refs[list->count++] = *ref;
}

void kept_list__add(struct kept_list *list, struct kept *k)
{
	const struct kept_ref ref = {
		.order = k ? k->order : 0,
		.stream = k ? k->stream : 0,
		.ev = k ? kept__event(k) : NULL,
		.size = k ? k->size : 0,
	};

	if (kept__is(k))
		kept_list__add_ref(list, &ref);
}

static int compare(const void *a, const void *b)
{
	const struct kept_ref *x = a, *y = b;

	if (x->stream != y->stream)
		return x->stream < y->stream ? -1 : 1;
	if (x->ev->h.ts != y->ev->h.ts)
		return x->ev->h.ts < y->ev->h.ts ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

void kept_list__sort(struct kept_list *list)
{
	if (list->count)
		qsort(list->refs, list->count, sizeof(*list->refs), compare);
}

void kept_list__free(struct kept_list *list)
{
	free(list->refs);
	memset(list, 0, sizeof(*list));
}
