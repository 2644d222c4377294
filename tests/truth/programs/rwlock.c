// SPDX-License-Identifier: GPL-2.0-only
/*
 * rwlock readers|writer: three readers wait for a writer that holds for 300 us asleep; or a writer
 * waits for three readers.
 */
#include <pthread.h>
#include <string.h>

#include "truth.h"

pthread_rwlock_t table_lock;
static bool readers_wait;

FRAME void lock_for_reading(void)
{
	truth_log(&table_lock, TRUTH_WANT);
	truth_need(pthread_rwlock_rdlock(&table_lock), "pthread_rwlock_rdlock");
	truth_log(&table_lock, TRUTH_GOT);
}

FRAME void lock_for_writing(void)
{
	truth_log(&table_lock, TRUTH_WANT);
	truth_need(pthread_rwlock_wrlock(&table_lock), "pthread_rwlock_wrlock");
	truth_log(&table_lock, TRUTH_GOT);
}

static void unlock(void)
{
	truth_log(&table_lock, TRUTH_RELEASING);
	truth_need(pthread_rwlock_unlock(&table_lock), "pthread_rwlock_unlock");
	truth_log(&table_lock, TRUTH_RELEASED);
}

static void write_table(void)
{
	lock_for_writing();
	if (readers_wait)
		truth_sleep_us(300);
	unlock();
	truth_sleep_us(200);
}

static void read_table(void)
{
	lock_for_reading();
	if (!readers_wait)
		truth_sleep_us(200);
	unlock();
	truth_sleep_us(100);
}

static void *table_thread(void *arg)
{
	while (truth_goes_on()) {
		if (arg)
			read_table();
		else
			write_table();
	}
	return arg;
}

int main(int argc, char **argv)
{
	pthread_rwlockattr_t attr;

	if (argc != 2)
		return 2;
	readers_wait = !strcmp(argv[1], "readers");
	pthread_rwlockattr_init(&attr);
#ifdef __GLIBC__
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
#endif
	truth_need(pthread_rwlock_init(&table_lock, &attr), "pthread_rwlock_init");
	truth_begin();
	truth_object("lock", &table_lock, sizeof(table_lock));
	truth_threads(4, table_thread);
	truth_end();
	return 0;
}
