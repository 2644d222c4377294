// SPDX-License-Identifier: GPL-2.0-only
#include "lib/until.h"

#include <errno.h>
#include <time.h>

#include "lib/fail.h"

#define NS_PER_S 1000000000ULL

void until__init(struct until *u)
{
	pthread_condattr_t attr;

	u->set = false;
	check(pthread_mutex_init(&u->lock, NULL), "pthread_mutex_init");
	check(pthread_condattr_init(&attr), "pthread_condattr_init");
	check(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC), "pthread_condattr_setclock");
	check(pthread_cond_init(&u->happened, &attr), "pthread_cond_init");
	check(pthread_condattr_destroy(&attr), "pthread_condattr_destroy");
}

void until__destroy(struct until *u)
{
	check(pthread_cond_destroy(&u->happened), "pthread_cond_destroy");
	check(pthread_mutex_destroy(&u->lock), "pthread_mutex_destroy");
}

void until__set(struct until *u)
{
	check(pthread_mutex_lock(&u->lock), "pthread_mutex_lock");
	u->set = true;
	check(pthread_cond_broadcast(&u->happened), "pthread_cond_broadcast");
	check(pthread_mutex_unlock(&u->lock), "pthread_mutex_unlock");
}

bool until__is_set(struct until *u)
{
	bool set;

	check(pthread_mutex_lock(&u->lock), "pthread_mutex_lock");
	set = u->set;
	check(pthread_mutex_unlock(&u->lock), "pthread_mutex_unlock");
	return set;
}

bool until__wait(struct until *u, uint64_t deadline_ns)
{
	struct timespec ts = {(time_t)(deadline_ns / NS_PER_S), (long)(deadline_ns % NS_PER_S)};
	int err = 0;
	bool set;

	check(pthread_mutex_lock(&u->lock), "pthread_mutex_lock");
	while (!u->set && !err) {
		if (deadline_ns == UINT64_MAX)
			err = pthread_cond_wait(&u->happened, &u->lock);
		else
			err = pthread_cond_timedwait(&u->happened, &u->lock, &ts);
	}
	if (err != ETIMEDOUT)
		check(err, "pthread_cond_timedwait");
	set = u->set;
	check(pthread_mutex_unlock(&u->lock), "pthread_mutex_unlock");
	return set;
}
