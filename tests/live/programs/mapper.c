// SPDX-License-Identifier: GPL-2.0-only
/*
 * mapper THREADS MS: threads that map, fill and unmap memory all at once, for that long: they
 * contend for the lock of their process's memory map.
 */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define MOST  64
#define BYTES (8UL << 20)

static uint64_t deadline;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void *map_often(void *arg)
{
	while (now_ns() < deadline) {
		void *memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

		if (memory == MAP_FAILED || munmap(memory, BYTES)) {
			fprintf(stderr, "mapper: %s\n", strerror(errno));
			exit(1);
		}
	}
	return arg;
}

int main(int argc, char **argv)
{
	long n = argc == 3 ? atol(argv[1]) : 0;
	pthread_t thread[MOST];

	if (n < 1 || n > MOST) {
		fprintf(stderr, "usage: mapper THREADS MS (1 to %d)\n", MOST);
		return 2;
	}
	deadline = now_ns() + (uint64_t)atol(argv[2]) * 1000000;
	for (long i = 0; i < n; i++) {
		errno = pthread_create(&thread[i], NULL, map_often, NULL);
		if (errno) {
			perror("mapper: pthread_create");
			return 1;
		}
	}
	for (long i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	return 0;
}
