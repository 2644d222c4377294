// SPDX-License-Identifier: GPL-2.0-only
/* One lock that all threads need most of the time; and locks that nearly nobody waits for. */
#include <pthread.h>
#include <stdlib.h>

#include "lib/crew.h"
#include "lib/run.h"
#include "work.h"

#define WORKERS 4
#define ROUNDS	400
#define HOLD_US 200
#define FREE_US 50
#define SHARDS	64

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t cold_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t catalog_lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t shards[SHARDS];

struct account {
	long balance;
	pthread_mutex_t lock;
};

static FRAME void update_table(void)
{
	pthread_mutex_lock(&table_lock);
	COMPUTE_US(HOLD_US);
	pthread_mutex_unlock(&table_lock);
	FRAME_END();
}

static void update_tables(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	for (int i = 0; i < ROUNDS; i++) {
		update_table();
		COMPUTE_US(FREE_US);
	}
}

static void play_mutex(void)
{
	crew__join(crew__threads("worker", WORKERS, update_tables, NULL));
}

static FRAME void pay_in(struct account *account)
{
	pthread_mutex_lock(&account->lock);
	COMPUTE_US(HOLD_US);
	account->balance++;
	pthread_mutex_unlock(&account->lock);
	FRAME_END();
}

static void pay_often(void *arg, unsigned int index)
{
	(void)index;
	for (int i = 0; i < ROUNDS; i++) {
		pay_in(arg);
		COMPUTE_US(FREE_US);
	}
}

static void play_heap(void)
{
	struct account *account = calloc(1, sizeof(*account));

	pthread_mutex_init(&account->lock, NULL);
	crew__join(crew__threads("worker", WORKERS, pay_often, account));
}

static FRAME void change_catalog(void)
{
	pthread_rwlock_wrlock(&catalog_lock);
	COMPUTE_US(HOLD_US);
	pthread_rwlock_unlock(&catalog_lock);
	FRAME_END();
}

static void change_often(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	for (int i = 0; i < ROUNDS; i++) {
		change_catalog();
		COMPUTE_US(FREE_US);
	}
}

static void play_rwlock(void)
{
	crew__join(crew__threads("worker", WORKERS, change_often, NULL));
}

/* Both are taken as often; one of them is held a hundred times as long. */
static void take_both(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&cold_lock);
		COMPUTE_US(1);
		pthread_mutex_unlock(&cold_lock);
		COMPUTE_US(FREE_US);
		update_table();
	}
}

static void play_two(void)
{
	crew__join(crew__threads("worker", WORKERS, take_both, NULL));
}

static void take_briefly(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	for (int i = 0; i < 8000; i++) {
		COMPUTE_US(50);
		pthread_mutex_lock(&table_lock);
		__asm__ volatile("" ::: "memory");
		pthread_mutex_unlock(&table_lock);
	}
}

static void play_uncontended(void)
{
	crew__join(crew__threads("worker", usable_cpus(), take_briefly, NULL));
}

static void take_a_shard(void *arg, unsigned int index)
{
	uint32_t state = index * 7919 + 1;

	(void)arg;
	for (int i = 0; i < 4000; i++) {
		pthread_mutex_t *shard = &shards[work__random(&state) % SHARDS];

		pthread_mutex_lock(shard);
		COMPUTE_US(100);
		pthread_mutex_unlock(shard);
	}
}

static void play_sharded(void)
{
	for (int i = 0; i < SHARDS; i++)
		pthread_mutex_init(&shards[i], NULL);
	crew__join(crew__threads("worker", usable_cpus(), take_a_shard, NULL));
}

/* Readers share it: taken all the time, waited for by nobody. */
static void read_catalog(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	for (int i = 0; i < 2000; i++) {
		pthread_rwlock_rdlock(&catalog_lock);
		COMPUTE_US(200);
		pthread_rwlock_unlock(&catalog_lock);
	}
}

static void play_readers(void)
{
	crew__join(crew__threads("worker", usable_cpus(), read_catalog, NULL));
}

int main(int argc, char **argv)
{
	static const struct play plays[] = {
		{"mutex", play_mutex},	   {"heap", play_heap},
		{"rwlock", play_rwlock},   {"two", play_two},
		{"sharded", play_sharded}, {"uncontended", play_uncontended},
		{"readers", play_readers},
	};

	(void)argc;
	return PLAYS(plays, argv);
}
