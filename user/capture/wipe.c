// SPDX-License-Identifier: GPL-2.0-only
#include "capture/wipe.h"

#include <elf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arch.h"
#include "lib/array.h"

/* Bytes below sp that a leaf may use, see the x86-64 psABI; a frame may begin right behind the
 * copy. */
#define RED_ZONE 128ul

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

/* A copy of a stack, of whatever machine. */
struct copy {
	unsigned long long *regs; /* all but ip and sp */
	size_t nregs;
	uint64_t sp, len;
	unsigned char *bytes;
	uint64_t address; /* the bits of a word that are one, if it is the address of code */
};

static bool copy_of(union ct_event *ev, struct copy *copy)
{
	if (ev->h.type == CT_STACK)
		*copy = (struct copy){.regs = &ev->stack.regs.bp,
				      .nregs = sizeof(ev->stack.regs) / sizeof(uint64_t) - 2,
				      .sp = ev->stack.regs.sp,
				      .len = ev->stack.len,
				      .bytes = ev->stack.bytes,
				      .address = UINT64_MAX};
	else if (ev->h.type == CT_STACK_ARM64)
		*copy = (struct copy){.regs = &ev->stack_arm64.regs.fp,
				      .nregs = sizeof(ev->stack_arm64.regs) / sizeof(uint64_t) - 2,
				      .sp = ev->stack_arm64.regs.sp,
				      .len = ev->stack_arm64.len,
				      .bytes = ev->stack_arm64.bytes,
				      .address = arch__of_elf(EM_AARCH64)->address};
	else
		return false;
	return true;
}

static uint64_t wiped(const struct wipe *w, const struct copy *copy, uint64_t word)
{
	if (word - (copy->sp - RED_ZONE) <= copy->len + 2 * RED_ZONE)
		return word;
	word &= copy->address;
	return is_code(w, word) ? word : 0;
}

void wipe__stack(struct wipe *w, union ct_event *ev)
{
	struct copy copy;
	size_t i;

	if (!copy_of(ev, &copy))
		return;
	if (w->count != w->sorted)
		sort(w);
	for (i = 0; i < copy.nregs; i++)
		copy.regs[i] = wiped(w, &copy, copy.regs[i]);
	for (i = 0; i + sizeof(uint64_t) <= copy.len; i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, copy.bytes + i, sizeof(word));
		if (!word)
			continue;
		word = wiped(w, &copy, word);
		memcpy(copy.bytes + i, &word, sizeof(word));
	}
}
