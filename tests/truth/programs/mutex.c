// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every type of mutex, in every kind of memory: mutex TYPE PLACE. Four threads hold it for 200 us
 * asleep, and then compute for 20 us.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "truth.h"

struct registry {
	char padding[64];
	pthread_mutex_t lock;
};

pthread_mutex_t registry_lock;
struct registry registry;
static __thread pthread_mutex_t own_lock;
static pthread_mutex_t *lock;
static bool timed;

static void set_up(const char *type)
{
	pthread_mutexattr_t attr;

	truth_need(pthread_mutexattr_init(&attr), "pthread_mutexattr_init");
	if (!strcmp(type, "recursive"))
		pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	else if (!strcmp(type, "errorcheck"))
		pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
#ifdef __GLIBC__
	else if (!strcmp(type, "adaptive"))
		pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP);
#endif
	else if (!strcmp(type, "robust"))
		pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	else if (!strcmp(type, "pi"))
		truth_need(pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT),
			   "pthread_mutexattr_setprotocol");
	timed = !strcmp(type, "timed");
	truth_need(pthread_mutex_init(lock, &attr), "pthread_mutex_init");
}

FRAME void enter_registry(void)
{
	struct timespec until;

	truth_log(lock, TRUTH_WANT);
	if (timed) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += 5;
		truth_need(pthread_mutex_timedlock(lock, &until), "pthread_mutex_timedlock");
	} else {
		truth_need(pthread_mutex_lock(lock), "pthread_mutex_lock");
	}
	truth_log(lock, TRUTH_GOT);
}

FRAME void update_registry(void)
{
	enter_registry();
	truth_sleep_us(200);
	truth_log(lock, TRUTH_RELEASING);
	truth_need(pthread_mutex_unlock(lock), "pthread_mutex_unlock");
	truth_log(lock, TRUTH_RELEASED);
}

FRAME void *registry_thread(void *arg)
{
	while (truth_goes_on()) {
		update_registry();
		truth_compute_us(20);
	}
	return arg;
}

int main(int argc, char **argv)
{
	pthread_mutex_t on_stack;

	if (argc != 3)
		return 2;
	if (!strcmp(argv[2], "struct"))
		lock = &registry.lock;
	else if (!strcmp(argv[2], "heap"))
		lock = malloc(sizeof(pthread_mutex_t));
	else if (!strcmp(argv[2], "stack"))
		lock = &on_stack;
	else if (!strcmp(argv[2], "thread-local"))
		lock = &own_lock;
	else
		lock = &registry_lock;
	truth_begin();
	set_up(argv[1]);
	truth_object("lock", lock, sizeof(pthread_mutex_t));
	truth_threads(4, registry_thread);
	truth_end();
	return 0;
}
