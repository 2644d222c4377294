// SPDX-License-Identifier: GPL-2.0-only
/*
 * locked THREADS ROUNDS OUTSIDE INSIDE: each thread computes OUTSIDE times, then INSIDE times under
 * the one lock, ROUNDS times over. A time is about a microsecond.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#define THREADS_MOST 64

static pthread_mutex_t shared_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long rounds, outside, inside;
static volatile uint64_t sink;

static __attribute__((noinline)) uint64_t compute(uint64_t x, unsigned long times)
{
	for (unsigned long i = 0; i < times * 700; i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		__asm__("" : "+r"(x));
	}
	return x;
}

static __attribute__((noinline)) uint64_t compute_locked(uint64_t x)
{
	pthread_mutex_lock(&shared_lock);
	x = compute(x, inside);
	pthread_mutex_unlock(&shared_lock);
	return x;
}

static void *worker(void *arg)
{
	uint64_t x = (uintptr_t)arg;

	for (unsigned long r = 0; r < rounds; r++) {
		x = compute(x, outside);
		x = compute_locked(x);
	}
	sink = x;
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS_MOST];
	unsigned long n, i;

	if (argc != 5)
		return 2;
	n = strtoul(argv[1], NULL, 10);
	rounds = strtoul(argv[2], NULL, 10);
	outside = strtoul(argv[3], NULL, 10);
	inside = strtoul(argv[4], NULL, 10);
	if (!n || n > THREADS_MOST)
		return 2;
	for (i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, worker, (void *)(uintptr_t)(i + 1)))
			return 1;
	for (i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
