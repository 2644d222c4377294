// SPDX-License-Identifier: GPL-2.0-only
#include "capture/wipe.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"

#define RED_ZONE                                                                                   \
	128u /* below sp, see the x86-64 psABI; a frame may begin right behind the copy            \
	      */

struct span {
	uint64_t start, end;
};

/* Of all processes in one: a child has its parent's before any record tells that it exists. */
struct wipe {
	struct span *spans; /* ascending, without overlaps: the first `sorted` of them */
	size_t room, count, sorted;
};

struct wipe *wipe__new(void)
{
	return calloc(1, sizeof(struct wipe));
}

void wipe__free(struct wipe *w)
{
	if (!w)
		return;
	free(w->spans);
	free(w);
}

static int by_start(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

static void sort(struct wipe *w)
{
	size_t i, n = 0;

	qsort(w->spans, w->count, sizeof(*w->spans), by_start);
	for (i = 0; i < w->count; i++) {
		if (n && w->spans[i].start <= w->spans[n - 1].end) {
			if (w->spans[i].end > w->spans[n - 1].end)
				w->spans[n - 1].end = w->spans[i].end;
		} else {
			w->spans[n++] = w->spans[i];
		}
	}
	w->count = w->sorted = n;
}

/* The span, among those that are sorted, that begins last at or before the address; or NULL. */
static const struct span *find(const struct wipe *w, uint64_t address)
{
	size_t low = 0, high = w->sorted;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (w->spans[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &w->spans[low - 1] : NULL;
}

void wipe__add_code(struct wipe *w, uint64_t start, uint64_t len)
{
	const struct span *known = find(w, start);
	struct span *grown;

	if (!len || len > UINT64_MAX - start || (known && known->end >= start + len))
		return;
	grown = array__reserve(w->spans, &w->room, w->count, sizeof(*grown));
	if (!grown)
		return;
	w->spans = grown;
	w->spans[w->count++] = (struct span){start, start + len};
}

/* A return address may be that behind the last instruction. */
static bool is_code(const struct wipe *w, uint64_t word)
{
	const struct span *span;

	if (!w->count || word < w->spans[0].start || word > w->spans[w->count - 1].end)
		return false;
	span = find(w, word);
	return span && word <= span->end;
}

static uint64_t wiped(const struct wipe *w, const struct ct_stack *stack, uint64_t word)
{
	uint64_t from = stack->regs.sp - RED_ZONE;

	return word - from <= (uint64_t)stack->len + 2 * RED_ZONE || is_code(w, word) ? word : 0;
}

void wipe__stack(struct wipe *w, struct ct_stack *stack)
{
	unsigned long long *const regs[] = {&stack->regs.bp,  &stack->regs.bx,	&stack->regs.r12,
					    &stack->regs.r13, &stack->regs.r14, &stack->regs.r15};
	size_t i;

	if (w->count != w->sorted)
		sort(w);
	for (i = 0; i < sizeof(regs) / sizeof(regs[0]); i++)
		*regs[i] = wiped(w, stack, *regs[i]);
	for (i = 0; i + sizeof(uint64_t) <= stack->len; i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, stack->bytes + i, sizeof(word));
		if (!word)
			continue;
		word = wiped(w, stack, word);
		memcpy(stack->bytes + i, &word, sizeof(word));
	}
}
