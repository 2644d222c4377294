// SPDX-License-Identifier: GPL-2.0-only
#include "lib/helper.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>

#include "lib/caps.h"

bool helper__pays(void)
{
	cpu_set_t cpus;

	/* More CPUs than the set has room for are several, too. */
	return sched_getaffinity(0, sizeof(cpus), &cpus) || CPU_COUNT(&cpus) > 1;
}

struct start {
	void *(*fn)(void *);
	void *arg;
};

static void *begin(void *arg)
{
	struct start start = *(struct start *)arg;

	free(arg);
	caps__limit(0, 0);
	return start.fn(start.arg);
}

bool helper__start(pthread_t *thread, void *(*fn)(void *), void *arg)
{
	struct start *start = malloc(sizeof(*start));
	sigset_t all, before;
	bool started;

	if (!start)
		return false;
	*start = (struct start){fn, arg};
	/* But what the sandbox has to say is said in the thread that asked. */
	sigfillset(&all);
	sigdelset(&all, SIGSYS);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	started = !pthread_create(thread, NULL, begin, start);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!started)
		free(start);
	return started;
}
