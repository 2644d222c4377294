// SPDX-License-Identifier: GPL-2.0-only
/*
 * asleep: four threads that sleep 3 ms, twenty times each; one after the other, while they hold
 * big_lock, or with the argument "apart" all at once, and the lock is free.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#define THREADS 4
#define TURNS	20

static pthread_mutex_t big_lock = PTHREAD_MUTEX_INITIALIZER;
static bool apart;

static void *take_turns(void *arg)
{
	const struct timespec nap = {.tv_nsec = 3000000};
	int i;

	for (i = 0; i < TURNS; i++) {
		if (apart)
			nanosleep(&nap, NULL);
		pthread_mutex_lock(&big_lock);
		if (!apart)
			nanosleep(&nap, NULL);
		pthread_mutex_unlock(&big_lock);
	}
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	int i;

	apart = argc > 1 && strcmp(argv[1], "apart") == 0;
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, take_turns, NULL))
			return 1;
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
