// SPDX-License-Identifier: GPL-2.0-only
#include "lib/crew.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fail.h"

struct member {
	struct crew *crew;
	unsigned int index;
	pthread_t thread;
	pid_t pid;
};

struct crew {
	bool processes;
	const char *name;
	crew_fn fn;
	void *arg;
	unsigned int n;
	struct member member[];
};

/* A thread names itself, so that no record of it bears its creator's name for long. */
static void member__run(const struct member *m)
{
	char name[CREW_NAME_LEN];

	snprintf(name, sizeof(name), "%s-%u", m->crew->name, m->index + 1);
	check(pthread_setname_np(pthread_self(), name), "pthread_setname_np");
	m->crew->fn(m->crew->arg, m->index);
}

static void *run_thread(void *arg)
{
	member__run(arg);
	return NULL;
}

static void start_process(struct member *m)
{
	pid_t parent = getpid();

	m->pid = (pid_t)check_errno(fork(), "fork");
	if (m->pid)
		return;
	check_errno(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
	if (getppid() != parent) /* it died before the signal was armed */
		_exit(1);
	member__run(m);
	_exit(0);
}

static struct crew *crew__new(const char *name, unsigned int n, crew_fn fn, void *arg)
{
	struct crew *crew = calloc(1, sizeof(*crew) + n * sizeof(crew->member[0]));

	if (!crew)
		fail("memory", ENOMEM);
	crew->name = name;
	crew->fn = fn;
	crew->arg = arg;
	crew->n = n;
	for (unsigned int i = 0; i < n; i++) {
		crew->member[i].crew = crew;
		crew->member[i].index = i;
	}
	return crew;
}

struct crew *crew__threads(const char *name, unsigned int n, crew_fn fn, void *arg)
{
	struct crew *crew = crew__new(name, n, fn, arg);

	for (unsigned int i = 0; i < n; i++) {
		struct member *m = &crew->member[i];

		check(pthread_create(&m->thread, NULL, run_thread, m), "pthread_create");
	}
	return crew;
}

struct crew *crew__processes(const char *name, unsigned int n, crew_fn fn, void *arg)
{
	struct crew *crew = crew__new(name, n, fn, arg);

	crew->processes = true;
	for (unsigned int i = 0; i < n; i++)
		start_process(&crew->member[i]);
	return crew;
}

static void join_process(const struct member *m)
{
	int status;

	while (waitpid(m->pid, &status, 0) == -1) {
		if (errno != EINTR)
			fail("waitpid", errno);
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail("a worker process failed", ECHILD);
}

void crew__join(struct crew *crew)
{
	for (unsigned int i = 0; i < crew->n; i++) {
		if (crew->processes)
			join_process(&crew->member[i]);
		else
			check(pthread_join(crew->member[i].thread, NULL), "pthread_join");
	}
	free(crew);
}
