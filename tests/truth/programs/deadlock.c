// SPDX-License-Identifier: GPL-2.0-only
/* Two threads lock two mutexes in opposite order. Ends itself after a while, with code 7. */
#include <pthread.h>
#include <unistd.h>

#include "truth.h"

pthread_mutex_t accounts_lock = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t journal_lock = PTHREAD_MUTEX_INITIALIZER;

FRAME void lock_both(pthread_mutex_t *first, pthread_mutex_t *second)
{
	pthread_mutex_lock(first);
	truth_sleep_us(50000);
	pthread_mutex_lock(second);
	FRAME_END();
}

static void *first_way(void *arg)
{
	pthread_setname_np(pthread_self(), "first-way");
	lock_both(&accounts_lock, &journal_lock);
	return arg;
}

static void *second_way(void *arg)
{
	pthread_setname_np(pthread_self(), "second-way");
	lock_both(&journal_lock, &accounts_lock);
	return arg;
}

int main(void)
{
	pthread_t threads[2];

	truth_begin();
	truth_object("accounts", &accounts_lock, sizeof(accounts_lock));
	truth_object("journal", &journal_lock, sizeof(journal_lock));
	truth_end();
	truth_need(pthread_create(&threads[0], NULL, first_way, NULL), "pthread_create");
	truth_need(pthread_create(&threads[1], NULL, second_way, NULL), "pthread_create");
	truth_sleep_us(1500000);
	_exit(7);
}
