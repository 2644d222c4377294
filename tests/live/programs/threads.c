// SPDX-License-Identifier: GPL-2.0-only
/*
 * threads N: N threads, alive at once, meet at a barrier and end; main joins them.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STACK_BYTES (64UL * 1024)
#define MOST	    20000

static pthread_barrier_t all_alive;

static void *meet(void *arg)
{
	pthread_barrier_wait(&all_alive);
	return arg;
}

static void require(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "threads: %s: %s\n", what, strerror(err));
	exit(1);
}

int main(int argc, char **argv)
{
	static pthread_t thread[MOST];
	pthread_attr_t attr;
	char *end;
	long n = argc == 2 ? strtol(argv[1], &end, 10) : 0;

	if (n < 1 || *end || n > MOST) {
		fprintf(stderr, "usage: threads N (1 to %d)\n", MOST);
		return 2;
	}
	require(pthread_barrier_init(&all_alive, NULL, (unsigned int)n), "pthread_barrier_init");
	require(pthread_attr_init(&attr), "pthread_attr_init");
	require(pthread_attr_setstacksize(&attr, STACK_BYTES), "pthread_attr_setstacksize");
	for (long i = 0; i < n; i++)
		require(pthread_create(&thread[i], &attr, meet, NULL), "pthread_create");
	for (long i = 0; i < n; i++)
		require(pthread_join(thread[i], NULL), "pthread_join");
	return 0;
}
