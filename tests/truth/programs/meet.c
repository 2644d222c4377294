// SPDX-License-Identifier: GPL-2.0-only
/*
 * meet barrier: four threads meet; one is late each time. meet once: three threads wait while a
 * fourth sets things up, 40 times over. meet join: threads are joined while they sleep.
 */
#include <pthread.h>
#include <string.h>

#include "truth.h"

#define ROUNDS 40

pthread_barrier_t all_here;
pthread_once_t set_up_once[ROUNDS];

FRAME void meet_at_barrier(void)
{
	pthread_barrier_wait(&all_here);
	FRAME_END();
}

static void *barrier_thread(void *arg)
{
	for (int i = 0; i < 500; i++) {
		if (!arg)
			truth_sleep_us(300);
		meet_at_barrier();
	}
	return NULL;
}

static void set_up(void)
{
	truth_sleep_us(2000);
}

FRAME void set_up_or_wait(int round)
{
	pthread_once(&set_up_once[round], set_up);
	FRAME_END();
}

static void *once_thread(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		set_up_or_wait(i);
		truth_sleep_us(500); /* the round's others leave their wait meanwhile */
	}
	return arg;
}

static void *sleeping_thread(void *arg)
{
	truth_sleep_us(10000);
	return arg;
}

FRAME void wait_for_sleepers(void)
{
	truth_threads(4, sleeping_thread);
	FRAME_END();
}

int main(int argc, char **argv)
{
	static const pthread_once_t fresh = PTHREAD_ONCE_INIT;

	if (argc != 2)
		return 2;
	truth_begin();
	if (!strcmp(argv[1], "barrier")) {
		truth_need(pthread_barrier_init(&all_here, NULL, 4), "pthread_barrier_init");
		truth_object("barrier", &all_here, sizeof(all_here));
		truth_threads(4, barrier_thread);
	} else if (!strcmp(argv[1], "once")) {
		for (int i = 0; i < ROUNDS; i++)
			set_up_once[i] = fresh;
		truth_object("once", set_up_once, sizeof(set_up_once));
		truth_threads(4, once_thread);
	} else {
		for (int i = 0; i < 10; i++)
			wait_for_sleepers();
	}
	truth_end();
	return 0;
}
