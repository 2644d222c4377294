// SPDX-License-Identifier: GPL-2.0-only
/*
 * stages ITEMS PRODUCE CONSUME [CONSUMERS]: one thread computes PRODUCE times for each item, others
 * CONSUME times, with a queue of 8 items between them. A time is about a microsecond.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#define DEPTH	       8
#define CONSUMERS_MOST 16

static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER;
static unsigned int queued; /* under queue_lock */
static bool closed;	    /* likewise */
static unsigned long items, produce_times, consume_times;
static volatile uint64_t sink;

static inline uint64_t compute(uint64_t x, unsigned long times)
{
	for (unsigned long i = 0; i < times * 700; i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		__asm__("" : "+r"(x));
	}
	return x;
}

static __attribute__((noinline)) uint64_t produce(uint64_t x)
{
	return compute(x, produce_times);
}

static __attribute__((noinline)) uint64_t consume(uint64_t x)
{
	return compute(x + 1, consume_times);
}

static void *producer(void *arg)
{
	uint64_t x = (uintptr_t)arg;

	for (unsigned long i = 0; i < items; i++) {
		x = produce(x);
		pthread_mutex_lock(&queue_lock);
		while (queued == DEPTH)
			pthread_cond_wait(&not_full, &queue_lock);
		queued++;
		pthread_cond_signal(&not_empty);
		pthread_mutex_unlock(&queue_lock);
	}
	pthread_mutex_lock(&queue_lock);
	closed = true;
	pthread_cond_broadcast(&not_empty);
	pthread_mutex_unlock(&queue_lock);
	sink = x;
	return NULL;
}

static void *consumer(void *arg)
{
	uint64_t x = (uintptr_t)arg;
	bool any;

	do {
		pthread_mutex_lock(&queue_lock);
		while (!queued && !closed)
			pthread_cond_wait(&not_empty, &queue_lock);
		any = queued > 0;
		if (any) {
			queued--;
			pthread_cond_signal(&not_full);
		}
		pthread_mutex_unlock(&queue_lock);
		if (any)
			x = consume(x);
	} while (any);
	sink = x;
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[CONSUMERS_MOST + 1];
	unsigned long n = 1, i;

	if (argc < 4)
		return 2;
	items = strtoul(argv[1], NULL, 10);
	produce_times = strtoul(argv[2], NULL, 10);
	consume_times = strtoul(argv[3], NULL, 10);
	if (argc > 4)
		n = strtoul(argv[4], NULL, 10);
	if (!n || n > CONSUMERS_MOST)
		return 2;
	for (i = 0; i <= n; i++)
		if (pthread_create(&threads[i], NULL, i ? consumer : producer,
				   (void *)(uintptr_t)(i + 1)))
			return 1;
	for (i = 0; i <= n; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
