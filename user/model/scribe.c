// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries come in the order in which they became known. Each batch is put into the order of its
 * ends first: so who reads it back has hardly anything to put into order, twice, in threads that
 * everybody waits for.
 */
#include "model/scribe.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/helper.h"
#include "lib/tape.h"

#define BATCH	   8192 /* entries */
#define DIGIT_BITS 11
#define DIGITS	   (1u << DIGIT_BITS)

struct batch {
	struct past entries[BATCH];
	size_t count;
};

struct ranked {
	uint64_t end; /* from the batch's earliest on */
	uint32_t entry;
};

struct scribe {
	struct history *history;
	struct batch *filling, *given; /* given: to be written by the thread; NULL = nothing is */
	struct batch batches[2];
	struct ranked ranked[2][BATCH];
	pthread_t thread;
	bool alone; /* nobody helps */
	bool helped, stop;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int err;
};

struct scribe *scribe__new(struct history *h)
{
	struct scribe *s = malloc(sizeof(*s));

	if (!s)
		return NULL;
	s->history = h;
	s->filling = &s->batches[0];
	s->given = NULL;
	s->batches[0].count = s->batches[1].count = 0;
	s->alone = !helper__pays();
	s->helped = s->stop = false;
	s->err = 0;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->changed, NULL);
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

static int write_batch(struct scribe *s, const struct batch *b)
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

static void *write_all(void *arg)
{
	struct scribe *s = arg;
	const struct batch *b;
	int err;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		while (!s->given && !s->stop)
			pthread_cond_wait(&s->changed, &s->lock);
		b = s->given;
		if (!b)
			break;
		pthread_mutex_unlock(&s->lock);
		err = s->err ? 0 : write_batch(s, b);
		pthread_mutex_lock(&s->lock);
		s->err = s->err ? s->err : err;
		s->given = NULL;
		pthread_cond_signal(&s->changed);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* The batch before is written by then: two are enough. */
static int hand_over(struct scribe *s)
{
	int err;

	pthread_mutex_lock(&s->lock);
	while (s->given)
		pthread_cond_wait(&s->changed, &s->lock);
	err = s->err;
	s->given = s->filling;
	pthread_cond_signal(&s->changed);
	pthread_mutex_unlock(&s->lock);
	s->filling = s->filling == &s->batches[0] ? &s->batches[1] : &s->batches[0];
	s->filling->count = 0;
	return err;
}

static int write_or_hand_over(struct scribe *s)
{
	if (!s->helped && !s->alone) {
		s->helped = helper__start(&s->thread, write_all, s);
		s->alone = !s->helped;
	}
	if (s->helped)
		return hand_over(s);
	if (!s->err)
		s->err = write_batch(s, s->filling);
	s->filling->count = 0;
	return s->err;
}

struct past *scribe__place(struct scribe *s)
{
	if (s->filling->count == BATCH && write_or_hand_over(s))
		return NULL;
	return &s->filling->entries[s->filling->count++];
}

static void end_thread(struct scribe *s)
{
	if (!s->helped)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_signal(&s->changed);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	s->helped = s->stop = false;
}

int scribe__finish(struct scribe *s)
{
	end_thread(s); /* it writes what it was given first */
	if (!s->err)
		s->err = write_batch(s, s->filling);
	s->filling->count = 0;
	return s->err;
}

void scribe__free(struct scribe *s)
{
	if (!s)
		return;
	end_thread(s);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->changed);
	free(s);
}
