// SPDX-License-Identifier: GPL-2.0-only
/*
 * A lock that is held so shortly that passing it on costs more than what it guards. With priority
 * inheritance the kernel hands it to the waiter, so each round is a sleep and a wake-up; so does a
 * lock of which the waiters stand in a queue.
 */
#include <pthread.h>
#include <stdbool.h>

#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/run.h"
#include "work.h"

#define WORKERS 4
#define HOLD_US 2

static pthread_mutex_t counter_lock;
static pthread_spinlock_t spin_lock;
static int rounds;

static void make_lock(int protocol, int type)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	check(pthread_mutexattr_setprotocol(&attr, protocol), "pthread_mutexattr_setprotocol");
	check(pthread_mutexattr_settype(&attr, type), "pthread_mutexattr_settype");
	check(pthread_mutex_init(&counter_lock, &attr), "pthread_mutex_init");
}

static FRAME void count_one(void)
{
	pthread_mutex_lock(&counter_lock);
	COMPUTE_US(HOLD_US);
	pthread_mutex_unlock(&counter_lock);
	FRAME_END();
}

static void count_up(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	for (int i = 0; i < rounds; i++) {
		count_one();
		COMPUTE_US(HOLD_US);
	}
}

static void play_inherit(void)
{
	make_lock(PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_NORMAL);
	rounds = 12000;
	crew__join(crew__threads("worker", WORKERS, count_up, NULL));
}

static void play_storm(void)
{
	make_lock(PTHREAD_PRIO_NONE, PTHREAD_MUTEX_NORMAL);
	rounds = 30000;
	crew__join(crew__threads("worker", WORKERS, count_up, NULL));
}

/* Who waits spins a while before it sleeps. */
static void play_adaptive(void)
{
	make_lock(PTHREAD_PRIO_NONE, PTHREAD_MUTEX_ADAPTIVE_NP);
	rounds = 30000;
	crew__join(crew__threads("worker", usable_cpus(), count_up, NULL));
}

static void count_spinning(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	for (int i = 0; i < 60000; i++) {
		pthread_spin_lock(&spin_lock);
		COMPUTE_US(HOLD_US);
		pthread_spin_unlock(&spin_lock);
		COMPUTE_US(HOLD_US);
	}
}

static void play_spin(void)
{
	pthread_spin_init(&spin_lock, PTHREAD_PROCESS_PRIVATE);
	crew__join(crew__threads("worker", usable_cpus(), count_spinning, NULL));
}

/* As much is counted, but each thread sums up a hundred before it takes the lock. */
static void count_in_batches(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	for (int i = 0; i < 1000; i++) {
		COMPUTE_US(200 * HOLD_US);
		count_one();
	}
}

static void play_batches(void)
{
	make_lock(PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_NORMAL);
	crew__join(crew__threads("worker", usable_cpus(), count_in_batches, NULL));
}

/* A fair lock: each waiter has a place to wait, and the lock is given to the one that came first.
 */
struct place {
	struct place *next;
	pthread_cond_t turn;
	bool mine;
};

static struct {
	pthread_mutex_t guard;
	bool taken;
	struct place *first, **last;
} fair = {PTHREAD_MUTEX_INITIALIZER, false, NULL, &fair.first};

static FRAME void fair_lock(struct place *place)
{
	pthread_mutex_lock(&fair.guard);
	if (fair.taken) {
		place->next = NULL;
		place->mine = false;
		*fair.last = place;
		fair.last = &place->next;
		while (!place->mine)
			pthread_cond_wait(&place->turn, &fair.guard);
	}
	fair.taken = true;
	pthread_mutex_unlock(&fair.guard);
	FRAME_END();
}

static FRAME void fair_unlock(void)
{
	struct place *place;

	pthread_mutex_lock(&fair.guard);
	place = fair.first;
	if (place) {
		fair.first = place->next;
		if (!fair.first)
			fair.last = &fair.first;
		place->mine = true;
		pthread_cond_signal(&place->turn);
	} else {
		fair.taken = false;
	}
	pthread_mutex_unlock(&fair.guard);
	FRAME_END();
}

static void count_fairly(void *arg, unsigned int index)
{
	struct place place = {.turn = PTHREAD_COND_INITIALIZER};

	(void)arg;
	(void)index;
	for (int i = 0; i < 9000; i++) {
		fair_lock(&place);
		COMPUTE_US(HOLD_US);
		fair_unlock();
		COMPUTE_US(HOLD_US);
	}
}

static void play_fair(void)
{
	crew__join(crew__threads("worker", WORKERS, count_fairly, NULL));
}

int main(int argc, char **argv)
{
	static const struct play plays[] = {
		{"inherit", play_inherit}, {"storm", play_storm}, {"adaptive", play_adaptive},
		{"spin", play_spin},	   {"fair", play_fair},	  {"batches", play_batches},
	};

	(void)argc;
	return PLAYS(plays, argv);
}
