// SPDX-License-Identifier: GPL-2.0-only
/*
 * pipeline: a producer and a consumer around a bounded queue, until an event says stop.
 *
 * What a profiler should find: the slow stage never waits. With a slow consumer (the default) the
 * producer waits for not_full in queue__push(); with a slow producer the consumer waits for
 * not_empty in queue__pop(). The critical path is the slow stage: consume() or produce(). With
 * --fixed the slow stage has several threads and the CPUs are the next limit.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/options.h"
#include "lib/run.h"
#include "lib/until.h"

/* Rounds of computing per item: some 20 and 160 us; with no slow stage 90 us each. */
#define FAST_ROUNDS 15000
#define SLOW_ROUNDS 120000
#define EVEN_ROUNDS 67500

enum slow { SLOW_PRODUCER, SLOW_CONSUMER, SLOW_NONE };

static const char *const slow_words[] = {"producer", "consumer", "none", NULL};

static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER;

struct queue { /* under queue_lock */
	uint64_t *item;
	uint64_t size, head, count;
	bool closed;
};

struct pipeline {
	struct run *run;
	struct queue queue;
	struct until stop;
	uint64_t produce_rounds, consume_rounds;
};

static __attribute__((noinline)) void queue__push(struct queue *q, uint64_t item)
{
	check(pthread_mutex_lock(&queue_lock), "pthread_mutex_lock");
	while (q->count == q->size)
		check(pthread_cond_wait(&not_full, &queue_lock), "pthread_cond_wait");
	q->item[(q->head + q->count++) % q->size] = item;
	check(pthread_cond_signal(&not_empty), "pthread_cond_signal");
	check(pthread_mutex_unlock(&queue_lock), "pthread_mutex_unlock");
}

/* Returns false once the queue is closed and empty. */
static __attribute__((noinline)) bool queue__pop(struct queue *q, uint64_t *item)
{
	bool got;

	check(pthread_mutex_lock(&queue_lock), "pthread_mutex_lock");
	while (!q->count && !q->closed)
		check(pthread_cond_wait(&not_empty, &queue_lock), "pthread_cond_wait");
	got = q->count > 0;
	if (got) {
		*item = q->item[q->head];
		q->head = (q->head + 1) % q->size;
		q->count--;
		check(pthread_cond_signal(&not_full), "pthread_cond_signal");
	}
	check(pthread_mutex_unlock(&queue_lock), "pthread_mutex_unlock");
	return got;
}

static void queue__close(struct queue *q)
{
	check(pthread_mutex_lock(&queue_lock), "pthread_mutex_lock");
	q->closed = true;
	check(pthread_cond_broadcast(&not_empty), "pthread_cond_broadcast");
	check(pthread_mutex_unlock(&queue_lock), "pthread_mutex_unlock");
}

static uint64_t mix(uint64_t x, uint64_t rounds)
{
	for (uint64_t i = 0; i < rounds; i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		__asm__("" : "+r"(x));
	}
	return x;
}

static __attribute__((noinline)) uint64_t produce(uint64_t op, uint64_t rounds)
{
	return mix(op + 1, rounds);
}

static __attribute__((noinline)) uint64_t consume(uint64_t item, uint64_t rounds)
{
	return mix(~item, rounds);
}

static void producer(void *arg, unsigned int index)
{
	struct pipeline *p = arg;
	uint64_t op;

	(void)index;
	while (!until__is_set(&p->stop)) {
		if (!run__next(p->run, &op)) {
			until__set(&p->stop);
			break;
		}
		queue__push(&p->queue, produce(op, p->produce_rounds));
	}
}

static void consumer(void *arg, unsigned int index)
{
	struct pipeline *p = arg;
	uint64_t item, ops = 0, sum = 0;

	(void)index;
	while (queue__pop(&p->queue, &item)) {
		sum += consume(item, p->consume_rounds);
		ops++;
	}
	run__add(p->run, ops, sum);
}

static void pipeline__run(struct pipeline *p, unsigned int producers, unsigned int consumers)
{
	struct crew *in, *out;

	p->queue.item = calloc(p->queue.size, sizeof(*p->queue.item));
	if (!p->queue.item)
		fail("memory", ENOMEM);
	until__init(&p->stop);
	out = crew__threads("consumer", consumers, consumer, p);
	in = crew__threads("producer", producers, producer, p);
	until__wait(&p->stop, run__deadline(p->run));
	until__set(&p->stop);
	crew__join(in);
	queue__close(&p->queue);
	crew__join(out);
	free(p->queue.item);
}

int main(int argc, char **argv)
{
	struct load load = {.seconds = 1.5};
	struct pipeline p = {.queue.size = 16};
	unsigned int slow = SLOW_CONSUMER, producers = 1, consumers = 1;
	bool fixed = false;
	const struct option_row rows[] = {
		{.name = "slow", .choice = &slow, .choices = slow_words, .help = "slow stage:"},
		{.name = "depth",
		 .count = &p.queue.size,
		 .min = 1,
		 .max = 65536,
		 .help = "items that the queue holds"},
		{.name = "fixed",
		 .flag = &fixed,
		 .help = "four threads for the slow stage (--workers: N)"},
	};
	const struct options opts = {"pipeline", "items", rows, 3};
	int code = options__parse(&opts, &load, argc, argv);

	if (code != OPTIONS_RUN)
		return code;
	if (slow == SLOW_NONE && (fixed || load.workers))
		return options__reject(&opts, "--fixed and --workers need a slow stage");
	if (!load.workers)
		load.workers = fixed ? 4 : 1;
	p.produce_rounds = slow == SLOW_NONE	   ? EVEN_ROUNDS
			   : slow == SLOW_PRODUCER ? SLOW_ROUNDS
						   : FAST_ROUNDS;
	p.consume_rounds = EVEN_ROUNDS + EVEN_ROUNDS - p.produce_rounds;
	if (slow == SLOW_PRODUCER)
		producers = (unsigned int)load.workers;
	else
		consumers = (unsigned int)load.workers;
	p.run = run__start(&load);
	pipeline__run(&p, producers, consumers);
	return run__finish(p.run, "pipeline", producers + consumers);
}
