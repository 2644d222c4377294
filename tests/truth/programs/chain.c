// SPDX-License-Identifier: GPL-2.0-only
/*
 * A chain: `outer` waits for lock A, held by `middle`, which waits for lock B, held by `inner`,
 * which waits for lock C, held by `last`, which computes and sleeps.
 */
#include <pthread.h>

#include "truth.h"

pthread_mutex_t lock_a = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t lock_b = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t lock_c = PTHREAD_MUTEX_INITIALIZER;

static pthread_barrier_t round_begins;

FRAME void enter(pthread_mutex_t *lock)
{
	truth_log(lock, TRUTH_WANT);
	pthread_mutex_lock(lock);
	truth_log(lock, TRUTH_GOT);
}

static void leave(pthread_mutex_t *lock)
{
	truth_log(lock, TRUTH_RELEASING);
	pthread_mutex_unlock(lock);
	truth_log(lock, TRUTH_RELEASED);
}

FRAME void wait_for_link(pthread_mutex_t *mine, pthread_mutex_t *next, unsigned int delay_us)
{
	if (mine)
		enter(mine);
	truth_sleep_us(delay_us);
	enter(next);
	leave(next);
	if (mine)
		leave(mine);
}

static void *chain_thread(void *arg)
{
	static const char *const names[] = {"outer", "middle", "inner", "last"};
	size_t index = (size_t)arg;

	pthread_setname_np(pthread_self(), names[index]);
	for (int round = 0; round < 8; round++) {
		pthread_barrier_wait(&round_begins);
		if (index == 0) {
			wait_for_link(NULL, &lock_a, 3000);
		} else if (index == 1) {
			wait_for_link(&lock_a, &lock_b, 2000);
		} else if (index == 2) {
			wait_for_link(&lock_b, &lock_c, 1000);
		} else {
			enter(&lock_c);
			truth_sleep_us(10000);
			truth_compute_us(10000);
			leave(&lock_c);
		}
	}
	return NULL;
}

int main(void)
{
	truth_begin();
	pthread_barrier_init(&round_begins, NULL, 4);
	truth_object("barrier", &round_begins, sizeof(round_begins));
	truth_object("a", &lock_a, sizeof(lock_a));
	truth_object("b", &lock_b, sizeof(lock_b));
	truth_object("c", &lock_c, sizeof(lock_c));
	truth_threads(4, chain_thread);
	truth_end();
	return 0;
}
