// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies of the records go over in batches, so that the two threads seldom have to talk. A batch
 * belongs to the reading thread while it is empty or being filled, then to the other one.
 */
#include "trace/ahead.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/error.h"
#include "lib/helper.h"
#include "trace/reader.h"

#define BATCHES	    4
#define BATCH_BYTES (128u << 10) /* of records that it takes before it is handed over */

struct entry {
	uint32_t cpu, size;
	uint64_t record[]; /* size bytes, rounded up */
};

struct batch {
	uint64_t *bytes;
	size_t len; /* in units of 8 bytes, as all lengths here */
	int last;   /* what came after its records: 0 the end, < 0 an error, 1 more */
};

/* One that is not full has room for the largest record; records are read as whole unions, too. */
#define BATCH_LEN  (BATCH_BYTES / 8)
#define ENTRY_MOST ((sizeof(struct entry) + sizeof(union ct_event)) / 8 + 1)

struct read_ahead {
	struct trace_reader *reader;
	struct error error; /* of the batch whose `last` is one */
	struct batch batches[BATCHES];
	bool threaded;
	/* of the thread that uses the records */
	size_t at; /* in batches[first] */
	bool holds;

	pthread_t thread;
	pthread_mutex_t lock; /* the rest */
	pthread_cond_t changed;
	unsigned int first, count; /* filled batches */
	bool stop;
};

/* --- the reading thread --- */

static void fill(struct read_ahead *a, struct batch *b)
{
	struct trace_event te;

	b->len = 0;
	while (b->len < BATCH_LEN) {
		struct entry *e = (struct entry *)(b->bytes + b->len);

		b->last = trace_reader__next(a->reader, &te, &a->error);
		if (b->last <= 0)
			return;
		e->cpu = te.cpu;
		e->size = (uint32_t)te.size;
		memcpy(e->record, te.ev, te.size);
		b->len += (sizeof(*e) + te.size + 7) / 8;
	}
}

static void *read_all(void *arg)
{
	struct read_ahead *a = arg;
	struct batch *b;
	bool stop;

	do {
		pthread_mutex_lock(&a->lock);
		while (a->count == BATCHES && !a->stop)
			pthread_cond_wait(&a->changed, &a->lock);
		b = &a->batches[(a->first + a->count) % BATCHES];
		stop = a->stop;
		pthread_mutex_unlock(&a->lock);
		if (stop)
			break;

		fill(a, b);

		pthread_mutex_lock(&a->lock);
		a->count++;
		pthread_cond_signal(&a->changed);
		pthread_mutex_unlock(&a->lock);
	} while (b->last > 0);
	return NULL;
}

/* --- the thread that uses the records --- */

struct read_ahead *read_ahead__new(struct trace_reader *r)
{
	struct read_ahead *a = calloc(1, sizeof(*a));
	bool several = helper__pays();

	if (!a)
		return NULL;
	a->reader = r;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	for (unsigned int i = 0; several && i < BATCHES; i++) {
		a->batches[i].bytes = malloc((BATCH_LEN + ENTRY_MOST) * 8);
		if (!a->batches[i].bytes) {
			read_ahead__free(a);
			return NULL;
		}
	}
	if (several)
		a->threaded = helper__start(&a->thread, read_all, a);
	return a;
}

void read_ahead__free(struct read_ahead *a)
{
	if (!a)
		return;
	if (a->threaded) {
		pthread_mutex_lock(&a->lock);
		a->stop = true;
		pthread_cond_signal(&a->changed);
		pthread_mutex_unlock(&a->lock);
		pthread_join(a->thread, NULL);
	}
	for (unsigned int i = 0; i < BATCHES; i++)
		free(a->batches[i].bytes);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

/* Gives the batch that was used up back, and waits for the next one. */
static void next_batch(struct read_ahead *a)
{
	pthread_mutex_lock(&a->lock);
	if (a->holds) {
		a->first = (a->first + 1) % BATCHES;
		a->count--;
		pthread_cond_signal(&a->changed);
	}
	while (!a->count)
		pthread_cond_wait(&a->changed, &a->lock);
	pthread_mutex_unlock(&a->lock);
	a->holds = true;
	a->at = 0;
}

int read_ahead__next(struct read_ahead *a, struct trace_event *te, struct error *err)
{
	const struct entry *e;

	if (!a->threaded)
		return trace_reader__next(a->reader, te, err);
	while (!a->holds || a->at == a->batches[a->first].len) {
		if (a->holds && a->batches[a->first].last <= 0) {
			if (a->batches[a->first].last && err)
				*err = a->error;
			return a->batches[a->first].last;
		}
		next_batch(a);
	}
	e = (const struct entry *)(a->batches[a->first].bytes + a->at);
	te->cpu = e->cpu;
	te->size = e->size;
	te->ev = (const union ct_event *)e->record;
	a->at += (sizeof(*e) + e->size + 7) / 8;
	return 1;
}
