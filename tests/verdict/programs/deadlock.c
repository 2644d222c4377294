// SPDX-License-Identifier: GPL-2.0-only
/* Threads that wait for each other for good; and such that wait long, or for somebody outside. */
#include <pthread.h>
#include <unistd.h>

#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/run.h"
#include "work.h"

#define LOCKS  3
#define SECOND 1000000000ull

static pthread_mutex_t locks[LOCKS] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
				       PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t all_have_one;
static pthread_mutex_t slow_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

static FRAME void lock_next(unsigned int index, unsigned int n)
{
	pthread_mutex_lock(&locks[(index + 1) % n]);
	FRAME_END();
}

static void lock_in_a_circle(void *arg, unsigned int index)
{
	unsigned int n = *(unsigned int *)arg;

	COMPUTE_US(20000);
	pthread_mutex_lock(&locks[index]);
	pthread_barrier_wait(&all_have_one);
	lock_next(index, n);
}

static void deadlock_of(unsigned int n)
{
	check(pthread_barrier_init(&all_have_one, NULL, n), "pthread_barrier_init");
	crew__threads("philosopher", n, lock_in_a_circle, &n);
	sleep_ns(3 * SECOND);
	_exit(7);
}

static void play_two(void)
{
	deadlock_of(2);
}

static void play_three(void)
{
	deadlock_of(3);
}

static void hold_long(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	pthread_mutex_lock(&slow_lock);
	sleep_ns(SECOND / 10);
	pthread_mutex_unlock(&slow_lock);
}

static void play_ends(void)
{
	crew__join(crew__threads("holder", 4, hold_long, NULL));
}

/* Nothing is ever written to the pipe. */
static void wait_for_input(void *arg, unsigned int index)
{
	int *ends = arg;
	char byte;

	(void)index;
	pthread_mutex_lock(&slow_lock);
	check_errno(read(ends[0], &byte, 1), "read");
	pthread_mutex_unlock(&slow_lock);
}

static void play_input(void)
{
	int ends[2];

	check_errno(pipe(ends), "pipe");
	crew__threads("reader", 2, wait_for_input, ends);
	sleep_ns(3 * SECOND);
	_exit(7);
}

static void wait_for_work(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	pthread_mutex_lock(&slow_lock);
	for (;;)
		pthread_cond_wait(&never, &slow_lock);
}

static void play_pool(void)
{
	crew__threads("pool", 4, wait_for_work, NULL);
	sleep_ns(3 * SECOND);
	_exit(7);
}

int main(int argc, char **argv)
{
	static const struct play plays[] = {
		{"two", play_two},     {"three", play_three}, {"ends", play_ends},
		{"input", play_input}, {"pool", play_pool},
	};

	(void)argc;
	return PLAYS(plays, argv);
}
