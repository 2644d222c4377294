// SPDX-License-Identifier: GPL-2.0-only
/* Sleeping where there is something to wait for; and sleeping that harms nobody. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#include "lib/crew.h"
#include "lib/run.h"
#include "work.h"

#define MS    1000
#define TURNS 200

static atomic_uint turn;
static atomic_bool done;
static pthread_mutex_t store_lock = PTHREAD_MUTEX_INITIALIZER;

static FRAME void poll_for_turn(unsigned int mine)
{
	while (turn % 2 != mine)
		usleep(1000);
	FRAME_END();
}

/* Two threads hand a turn to and fro, and look now and then whether it is theirs. */
static void take_turns(void *arg, unsigned int index)
{
	(void)arg;
	for (int i = 0; i < TURNS; i++) {
		poll_for_turn(index);
		COMPUTE_US(300);
		turn++;
	}
}

static void play_poll(void)
{
	crew__join(crew__threads("player", 2, take_turns, NULL));
}

static FRAME void lock_or_retry(void)
{
	while (pthread_mutex_trylock(&store_lock))
		usleep(5000);
	FRAME_END();
}

static void use_store(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	for (int i = 0; i < 30; i++) {
		lock_or_retry();
		COMPUTE_US(1 * MS);
		pthread_mutex_unlock(&store_lock);
		usleep(1000);
	}
}

static void play_retry(void)
{
	crew__join(crew__threads("user", 4, use_store, NULL));
}

static void compute_on(void *arg, unsigned int index)
{
	(void)index;
	for (unsigned int ms = *(unsigned int *)arg; ms; ms--)
		COMPUTE_US(MS);
}

/* Once it waits on purpose, and not for long. */
static void play_pause(void)
{
	unsigned int ms = 220;

	crew__join(crew__threads("worker", usable_cpus(), compute_on, &ms));
	usleep(12000);
	crew__join(crew__threads("worker", usable_cpus(), compute_on, &ms));
}

static void tick(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	while (!done) {
		usleep(10000);
		COMPUTE_US(5);
	}
}

static void play_ticker(void)
{
	unsigned int ms = 400;
	struct crew *ticker = crew__threads("ticker", 1, tick, NULL);

	crew__join(crew__threads("worker", usable_cpus(), compute_on, &ms));
	done = true;
	crew__join(ticker);
}

int main(int argc, char **argv)
{
	static const struct play plays[] = {
		{"poll", play_poll},
		{"retry", play_retry},
		{"pause", play_pause},
		{"ticker", play_ticker},
	};

	(void)argc;
	return PLAYS(plays, argv);
}
