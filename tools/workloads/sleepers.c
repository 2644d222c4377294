// SPDX-License-Identifier: GPL-2.0-only
/*
 * sleepers: threads that hand a turn round in a ring. Each looks every millisecond whether it is
 * its turn, and sleeps in between.
 *
 * What a profiler should find: nearly all time of all threads is sleep, in poll_for_turn(); CPUs
 * are idle, yet no thread waits for another in a way that the kernel could see. With --fixed a
 * thread waits on the condition my_turn and is woken by its predecessor: the same turns go round
 * many times faster.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/options.h"
#include "lib/run.h"

#define TURN_ROUNDS 5000 /* of work per turn: some 10 us */

struct ring {
	struct run *run;
	bool fixed;
	uint64_t poll_ns;
	pthread_mutex_t turn_lock;
	unsigned int turn, n;	 /* under turn_lock */
	bool over;		 /* under turn_lock */
	pthread_cond_t *my_turn; /* one per thread */
};

static __attribute__((noinline)) uint64_t take_turn(uint64_t op)
{
	uint64_t x = op + 1;

	for (int i = 0; i < TURN_ROUNDS; i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		__asm__("" : "+r"(x));
	}
	return x;
}

static void lock(struct ring *ring)
{
	check(pthread_mutex_lock(&ring->turn_lock), "pthread_mutex_lock");
}

static void unlock(struct ring *ring)
{
	check(pthread_mutex_unlock(&ring->turn_lock), "pthread_mutex_unlock");
}

/* Both return true when the turn has come, false when it is all over. */
static __attribute__((noinline)) bool poll_for_turn(struct ring *ring, unsigned int index)
{
	for (;;) {
		bool mine, over;

		lock(ring);
		mine = ring->turn == index;
		over = ring->over;
		unlock(ring);
		if (mine || over)
			return !over;
		sleep_ns(ring->poll_ns);
	}
}

static __attribute__((noinline)) bool wait_for_turn(struct ring *ring, unsigned int index)
{
	bool over;

	lock(ring);
	while (ring->turn != index && !ring->over)
		check(pthread_cond_wait(&ring->my_turn[index], &ring->turn_lock),
		      "pthread_cond_wait");
	over = ring->over;
	unlock(ring);
	return !over;
}

static void pass_turn(struct ring *ring)
{
	lock(ring);
	ring->turn = (ring->turn + 1) % ring->n;
	check(pthread_cond_signal(&ring->my_turn[ring->turn]), "pthread_cond_signal");
	unlock(ring);
}

static void end_all(struct ring *ring)
{
	lock(ring);
	ring->over = true;
	for (unsigned int i = 0; i < ring->n; i++)
		check(pthread_cond_signal(&ring->my_turn[i]), "pthread_cond_signal");
	unlock(ring);
}

static void worker(void *arg, unsigned int index)
{
	struct ring *ring = arg;
	uint64_t op, ops = 0, sum = 0;

	while (ring->fixed ? wait_for_turn(ring, index) : poll_for_turn(ring, index)) {
		if (!run__next(ring->run, &op)) {
			end_all(ring);
			break;
		}
		sum += take_turn(op);
		ops++;
		pass_turn(ring);
	}
	run__add(ring->run, ops, sum);
}

static void ring__init(struct ring *ring, unsigned int n)
{
	ring->n = n;
	ring->my_turn = calloc(n, sizeof(*ring->my_turn));
	if (!ring->my_turn)
		fail("memory", ENOMEM);
	check(pthread_mutex_init(&ring->turn_lock, NULL), "pthread_mutex_init");
	for (unsigned int i = 0; i < n; i++)
		check(pthread_cond_init(&ring->my_turn[i], NULL), "pthread_cond_init");
}

int main(int argc, char **argv)
{
	struct load load = {.seconds = 1.0, .workers = 8};
	struct ring ring = {0};
	uint64_t poll_us = 1000;
	const struct option_row rows[] = {
		{.name = "poll-us",
		 .count = &poll_us,
		 .min = 1,
		 .max = 1000000,
		 .help = "sleep between two looks, in microseconds"},
		{.name = "fixed", .flag = &ring.fixed, .help = "wait on a condition, never poll"},
	};
	const struct options opts = {"sleepers", "turns", rows, 2};
	int code = options__parse(&opts, &load, argc, argv);

	if (code != OPTIONS_RUN)
		return code;
	ring__init(&ring, (unsigned int)load.workers);
	ring.poll_ns = poll_us * 1000;
	ring.run = run__start(&load);
	crew__join(crew__threads("worker", ring.n, worker, &ring));
	free(ring.my_turn);
	return run__finish(ring.run, "sleepers", ring.n);
}
