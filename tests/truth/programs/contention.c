// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that want the same locks: contention THREADS LOCKS HOLD_US PAUSE_US compute|sleep. A
 * thread holds a lock for HOLD_US, then computes for PAUSE_US.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "truth.h"

#define MOST_LOCKS 8

struct counter {
	pthread_mutex_t lock;
	long value;
} __attribute__((aligned(64)));

struct counter counters[MOST_LOCKS];
static unsigned int locks, hold_us, pause_us;
static bool sleeps;

FRAME void enter_counter(struct counter *counter)
{
	truth_log(&counter->lock, TRUTH_WANT);
	pthread_mutex_lock(&counter->lock);
	truth_log(&counter->lock, TRUTH_GOT);
}

FRAME void count_up(struct counter *counter)
{
	enter_counter(counter);
	counter->value++;
	if (sleeps)
		truth_sleep_us(hold_us);
	else
		truth_compute_us(hold_us);
	truth_log(&counter->lock, TRUTH_RELEASING);
	pthread_mutex_unlock(&counter->lock);
	truth_log(&counter->lock, TRUTH_RELEASED);
}

static unsigned int number(const char *text)
{
	return (unsigned int)strtoul(text, NULL, 10);
}

static void *counting_thread(void *arg)
{
	unsigned int seed = (unsigned int)(size_t)arg;

	while (truth_goes_on()) {
		seed = seed * 1103515245 + 12345;
		count_up(&counters[(seed >> 16) % locks]);
		truth_compute_us(pause_us);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static const char *const names[MOST_LOCKS] = {"counter-0", "counter-1", "counter-2",
						      "counter-3", "counter-4", "counter-5",
						      "counter-6", "counter-7"};
	unsigned int i;

	if (argc != 6)
		return 2;
	locks = number(argv[2]);
	hold_us = number(argv[3]);
	pause_us = number(argv[4]);
	sleeps = !strcmp(argv[5], "sleep");
	if (!locks || locks > MOST_LOCKS)
		return 2;
	truth_begin();
	for (i = 0; i < locks; i++) {
		pthread_mutex_init(&counters[i].lock, NULL);
		truth_object(names[i], &counters[i].lock, sizeof(counters[i].lock));
	}
	truth_threads(number(argv[1]), counting_thread);
	truth_end();
	return 0;
}
