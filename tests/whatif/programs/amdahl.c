// SPDX-License-Identifier: GPL-2.0-only
/*
 * amdahl ROUNDS SERIAL PARALLEL: one thread computes SERIAL times, then two compute PARALLEL times
 * each and are joined, ROUNDS times over. A time is about a microsecond.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

static unsigned long serial_times, parallel_times;
static volatile uint64_t sink;

static inline uint64_t compute(uint64_t x, unsigned long times)
{
	for (unsigned long i = 0; i < times * 700; i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		__asm__("" : "+r"(x));
	}
	return x;
}

static __attribute__((noinline)) uint64_t prepare(uint64_t x)
{
	return compute(x, serial_times);
}

static __attribute__((noinline)) uint64_t process(uint64_t x)
{
	return compute(x + 1, parallel_times);
}

static void *worker(void *arg)
{
	sink = process((uintptr_t)arg);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[2];
	unsigned long rounds, r;
	uint64_t x = 1;
	int i;

	if (argc != 4)
		return 2;
	rounds = strtoul(argv[1], NULL, 10);
	serial_times = strtoul(argv[2], NULL, 10);
	parallel_times = strtoul(argv[3], NULL, 10);
	for (r = 0; r < rounds; r++) {
		x = prepare(x);
		for (i = 0; i < 2; i++)
			if (pthread_create(&threads[i], NULL, worker, (void *)(uintptr_t)(i + 1)))
				return 1;
		for (i = 0; i < 2; i++)
			pthread_join(threads[i], NULL);
	}
	sink = x;
	return 0;
}
