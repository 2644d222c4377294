// SPDX-License-Identifier: GPL-2.0-only
/*
 * spawn: starts a thread, or a process, for each of many tiny tasks, and waits for its end.
 *
 * What a profiler should find: the time goes into starting and ending threads (processes) named
 * task, which live for some microseconds of computing in task(). With --fixed the workers do the
 * tasks themselves: the same sums, all CPUs compute.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/compute.h"
#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/options.h"
#include "lib/run.h"

struct spawn {
	struct run *run;
	bool processes, fixed;
	uint64_t steps;
};

struct task {
	const struct spawn *spawn;
	uint64_t op;
};

static FRAME uint64_t task(const struct task *t)
{
	uint64_t x = t->op;

	COMPUTE(x, t->spawn->steps);
	return x;
}

static void *task_thread(void *arg)
{
	const struct task *t = arg;

	check(pthread_setname_np(pthread_self(), "task"), "pthread_setname_np");
	run__add(t->spawn->run, 1, task(t));
	return NULL;
}

static FRAME void run_in_thread(struct task *t)
{
	pthread_t thread;

	check(pthread_create(&thread, NULL, task_thread, t), "pthread_create");
	check(pthread_join(thread, NULL), "pthread_join");
}

static FRAME void run_in_process(struct task *t)
{
	pid_t pid = (pid_t)check_errno(fork(), "fork");
	int status;

	if (!pid) {
		task_thread(t);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) == -1) {
		if (errno != EINTR)
			fail("waitpid", errno);
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail("a task failed", ECHILD);
}

static void worker(void *arg, unsigned int index)
{
	const struct spawn *spawn = arg;
	struct task t = {.spawn = spawn};

	(void)index;
	while (run__next(spawn->run, &t.op)) {
		if (spawn->fixed)
			run__add(spawn->run, 1, task(&t));
		else if (spawn->processes)
			run_in_process(&t);
		else
			run_in_thread(&t);
	}
}

int main(int argc, char **argv)
{
	struct load load = {.seconds = 1.0, .workers = usable_cpus()};
	struct spawn spawn = {0};
	uint64_t task_us = 5;
	const struct option_row rows[] = {
		{.name = "processes",
		 .flag = &spawn.processes,
		 .help = "start processes instead of threads"},
		{.name = "task-us",
		 .count = &task_us,
		 .min = 1,
		 .max = 1000000,
		 .help = "computing per task, in about microseconds"},
		{.name = "fixed", .flag = &spawn.fixed, .help = "the workers do the tasks"},
	};
	const struct options opts = {"spawn", "tasks", rows, 3};
	int code = options__parse(&opts, &load, argc, argv);
	unsigned int n = (unsigned int)load.workers;

	if (code != OPTIONS_RUN)
		return code;
	spawn.steps = task_us * STEPS_PER_US;
	spawn.run = run__start(&load);
	if (spawn.processes && spawn.fixed)
		crew__join(crew__processes("worker", n, worker, &spawn));
	else
		crew__join(crew__threads("worker", n, worker, &spawn));
	return run__finish(spawn.run, "spawn", n);
}
