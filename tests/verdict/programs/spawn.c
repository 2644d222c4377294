// SPDX-License-Identifier: GPL-2.0-only
/* A process or a thread for each task: tasks so small that starting them is the work, or not. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fail.h"
#include "lib/run.h"
#include "work.h"

#define MS 1000

static void play_tiny(void)
{
	COMPUTE_US(50);
}

static void play_big(void)
{
	for (int i = 0; i < 30; i++)
		COMPUTE_US(MS);
}

static void start(const char *play)
{
	pid_t pid = (pid_t)check_errno(fork(), "fork");

	if (pid)
		return;
	execl("/proc/self/exe", "task", play, NULL);
	_exit(127);
}

static void reap(void)
{
	int status;

	check_errno(wait(&status), "wait");
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail("a task", ECHILD);
}

static FRAME void run_task(void)
{
	start("tiny");
	reap();
	FRAME_END();
}

static void play_processes(void)
{
	for (int i = 0; i < 450; i++)
		run_task();
}

static void *small_task(void *arg)
{
	pthread_setname_np(pthread_self(), "task");
	COMPUTE_US(5);
	return arg;
}

static FRAME void run_in_thread(void)
{
	pthread_t thread;

	check(pthread_create(&thread, NULL, small_task, NULL), "pthread_create");
	check(pthread_join(thread, NULL), "pthread_join");
	FRAME_END();
}

static void play_threads(void)
{
	for (int i = 0; i < 8000; i++)
		run_in_thread();
}

/* As make -j does it: a new task as soon as one has ended. */
static void play_make(void)
{
	unsigned int running = 0, n = usable_cpus();

	for (unsigned int i = 0; i < 12 * n; i++) {
		if (running == n) {
			reap();
			running--;
		}
		start("big");
		running++;
	}
	while (running--)
		reap();
}

/* A few children that run all the time. */
static void play_long(void)
{
	unsigned int n = usable_cpus();

	for (unsigned int i = 0; i < n; i++) {
		if (check_errno(fork(), "fork"))
			continue;
		for (int k = 0; k < 400; k++)
			COMPUTE_US(MS);
		_exit(0);
	}
	for (unsigned int i = 0; i < n; i++)
		reap();
}

int main(int argc, char **argv)
{
	static const struct play plays[] = {
		{"tiny", play_tiny},	   {"big", play_big},	{"processes", play_processes},
		{"threads", play_threads}, {"make", play_make}, {"long", play_long},
	};

	(void)argc;
	return PLAYS(plays, argv);
}
