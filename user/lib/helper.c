// SPDX-License-Identifier: GPL-2.0-only
#include "lib/helper.h"

#include <sched.h>
#include <signal.h>

bool helper__pays(void)
{
	cpu_set_t cpus;

	/* More CPUs than the set has room for are several, too. */
	return sched_getaffinity(0, sizeof(cpus), &cpus) || CPU_COUNT(&cpus) > 1;
}

bool helper__start(pthread_t *thread, void *(*fn)(void *), void *arg)
{
	sigset_t all, before;
	bool started;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	started = !pthread_create(thread, NULL, fn, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}
