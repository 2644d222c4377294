// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries come in the order in which they became known. Each batch is put into the order of its
 * ends first: so who reads it back has hardly anything to put into order, twice, in threads that
 * everybody waits for.
 */
#include "model/scribe.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "lib/tape.h"
#include "lib/worker.h"

#define BATCH	   8192 /* entries */
#define DIGIT_BITS 11
#define DIGITS	   (1u << DIGIT_BITS)

struct batch {
	struct past entries[BATCH];
	size_t count;
	struct scribe *scribe;
};

struct ranked {
	uint64_t end; /* from the batch's earliest on */
	uint32_t entry;
};

struct scribe {
	struct history *history;
	struct batch batches[2], *filling;
	struct worker *worker; /* from the first full batch on */
	struct ranked ranked[2][BATCH];
	atomic_int err;
};

struct scribe *scribe__new(struct history *h)
{
	struct scribe *s = malloc(sizeof(*s));

	if (!s)
		return NULL;
	s->history = h;
	s->filling = &s->batches[0];
	s->batches[0].count = s->batches[1].count = 0;
	s->batches[0].scribe = s->batches[1].scribe = s;
	s->worker = NULL;
	atomic_init(&s->err, 0);
	return s;
}

/* One pass of a radix sort, which keeps equal ones in order. */
static void sort_by_digit(const struct ranked *from, struct ranked *to, size_t n,
			  unsigned int shift)
{
	uint32_t at[DIGITS] = {0}, sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		at[(from[i].end >> shift) % DIGITS]++;
	for (i = 0; i < DIGITS; i++) {
		uint32_t count = at[i];

		at[i] = sum;
		sum += count;
	}
	for (i = 0; i < n; i++)
		to[at[(from[i].end >> shift) % DIGITS]++] = from[i];
}

/* The batch's entries by their ends. */
static const struct ranked *rank(struct scribe *s, const struct batch *b)
{
	struct ranked *from = s->ranked[0], *to = s->ranked[1];
	uint64_t earliest = UINT64_MAX, range = 0;
	unsigned int shift;
	size_t i;

	for (i = 0; i < b->count; i++) {
		from[i].end = past__end(&b->entries[i]);
		from[i].entry = (uint32_t)i;
		earliest = from[i].end < earliest ? from[i].end : earliest;
	}
	for (i = 0; i < b->count; i++) {
		from[i].end -= earliest;
		range |= from[i].end;
	}
	for (shift = 0; shift < 64 && range >> shift; shift += DIGIT_BITS) {
		struct ranked *sorted = to;

		sort_by_digit(from, to, b->count, shift);
		to = from;
		from = sorted;
	}
	return from;
}

/* Stacks get their numbers before the entry that tells of them is written. */
static int number_stacks(struct stack_numbers *numbers, const struct past *past)
{
	uint64_t first = 0, second = 0;

	switch (past->kind) {
	case PAST_TASK:
		first = past->task.stack;
		second = past->task.waker_stack;
		break;
	case PAST_HOLD:
		first = past->hold.release_stack;
		break;
	case PAST_SAMPLE:
		first = past->sample.stack;
		break;
	case PAST_CPU:
		break;
	}
	return stack_number(numbers, first) == UINT64_MAX ||
	       stack_number(numbers, second) == UINT64_MAX;
}

static int write_entries(struct scribe *s, const struct batch *b)
{
	struct history *h = s->history;
	const struct ranked *ranked = rank(s, b);
	uint8_t bytes[HISTORY_ENTRY];
	size_t i;
	int err = 0;

	for (i = 0; i < b->count && !err; i++) {
		const struct past *past = &b->entries[ranked[i].entry];
		uint64_t end = past__end(past);
		size_t len;

		if (number_stacks(&h->stacks, past))
			return -ENOMEM;
		len = history_code__put(h, past, h->latest, bytes);
		if (end > h->latest)
			h->latest = end;
		err = tape__append(h->tape, bytes, len);
	}
	return err;
}

static void write_batch(void *arg)
{
	struct batch *b = arg;

	if (!atomic_load(&b->scribe->err))
		atomic_store(&b->scribe->err, write_entries(b->scribe, b));
	b->count = 0;
}

struct past *scribe__place(struct scribe *s)
{
	if (s->filling->count == BATCH) {
		if (!s->worker)
			s->worker = worker__new();
		/* The batch before is written by then: two are enough. */
		worker__do(s->worker, write_batch, s->filling);
		s->filling = s->filling == &s->batches[0] ? &s->batches[1] : &s->batches[0];
		if (atomic_load(&s->err))
			return NULL;
	}
	return &s->filling->entries[s->filling->count++];
}

int scribe__finish(struct scribe *s)
{
	worker__wait(s->worker);
	write_batch(s->filling);
	return atomic_load(&s->err);
}

void scribe__free(struct scribe *s)
{
	if (!s)
		return;
	worker__free(s->worker);
	free(s);
}
