// SPDX-License-Identifier: GPL-2.0-only
/*
 * condvar plain|timed|monotonic: two consumers wait for what a producer puts into a queue every
 * 300 us. The timed ones give up and try again every 200 us.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "truth.h"

pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t queue_ready;
static unsigned int queued;
static bool timed, over;
static clockid_t timeout_clock = CLOCK_REALTIME;

FRAME int wait_timed(void)
{
	struct timespec until;

	clock_gettime(timeout_clock, &until);
	until.tv_nsec += 200000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	return pthread_cond_timedwait(&queue_ready, &queue_lock, &until);
}

FRAME void take_item(void)
{
	int err;

	pthread_mutex_lock(&queue_lock);
	while (!queued && !over) {
		err = timed ? wait_timed() : pthread_cond_wait(&queue_ready, &queue_lock);
		if (err != ETIMEDOUT)
			truth_need(err, "pthread_cond_wait");
	}
	if (queued)
		queued--;
	pthread_mutex_unlock(&queue_lock);
}

FRAME void put_item(void)
{
	pthread_mutex_lock(&queue_lock);
	queued++;
	pthread_cond_signal(&queue_ready);
	pthread_mutex_unlock(&queue_lock);
}

static void *queue_thread(void *arg)
{
	if (arg) {
		while (!__atomic_load_n(&over, __ATOMIC_RELAXED))
			take_item();
		return NULL;
	}
	while (truth_goes_on()) {
		truth_sleep_us(300);
		put_item();
	}
	pthread_mutex_lock(&queue_lock);
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	pthread_cond_broadcast(&queue_ready);
	pthread_mutex_unlock(&queue_lock);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_condattr_t attr;

	if (argc != 2)
		return 2;
	timed = strcmp(argv[1], "plain");
	if (!strcmp(argv[1], "monotonic"))
		timeout_clock = CLOCK_MONOTONIC;
	pthread_condattr_init(&attr);
	truth_need(pthread_condattr_setclock(&attr, timeout_clock), "pthread_condattr_setclock");
	truth_need(pthread_cond_init(&queue_ready, &attr), "pthread_cond_init");
	truth_begin();
	truth_object("condvar", &queue_ready, sizeof(queue_ready));
	truth_object("lock", &queue_lock, sizeof(queue_lock));
	truth_threads(3, queue_thread);
	truth_end();
	return 0;
}
