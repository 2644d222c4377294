// SPDX-License-Identifier: GPL-2.0-only
/* Two threads that take two locks in opposite order: hangs. Says "hung" once both must wait. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER, accounts = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

__attribute__((noinline)) static void take(pthread_mutex_t *first, pthread_mutex_t *second)
{
	pthread_mutex_lock(first);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(second);
	pthread_mutex_unlock(first); /* so that the call before is no tail call */
}

static void *payer(void *arg)
{
	take(&journal, &accounts);
	return arg;
}

static void *auditor(void *arg)
{
	take(&accounts, &journal);
	return arg;
}

int main(void)
{
	pthread_t threads[2];

	pthread_barrier_init(&both, NULL, 2);
	pthread_create(&threads[0], NULL, payer, NULL);
	pthread_create(&threads[1], NULL, auditor, NULL);
	usleep(200000);
	puts("hung");
	fflush(stdout);
	pthread_join(threads[0], NULL);
	return 0;
}
