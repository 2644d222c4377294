// SPDX-License-Identifier: GPL-2.0-only
/*
 * semaphore: threads that need one of a few connections for each query; a semaphore counts those
 * that are free.
 *
 * What a profiler should find: there is one connection, so one thread computes in query() and all
 * others wait for the semaphore connections in take_connection(), while CPUs idle. With --fixed
 * there is one for each thread: nobody waits, and all CPUs compute.
 */
#include <errno.h>
#include <semaphore.h>

#include "lib/compute.h"
#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/options.h"
#include "lib/run.h"

#define QUERY_STEPS (300ULL * STEPS_PER_US)
#define USE_STEPS   (100ULL * STEPS_PER_US)

static sem_t connections;

static FRAME void take_connection(void)
{
	while (sem_wait(&connections)) {
		if (errno != EINTR)
			fail("sem_wait", errno);
	}
	FRAME_END();
}

static FRAME uint64_t query(uint64_t op)
{
	uint64_t x = op;

	COMPUTE(x, QUERY_STEPS);
	return x;
}

static FRAME uint64_t use_answer(uint64_t x)
{
	COMPUTE(x, USE_STEPS);
	return x;
}

static void worker(void *arg, unsigned int index)
{
	struct run *run = arg;
	uint64_t op;

	(void)index;
	while (run__next(run, &op)) {
		uint64_t x;

		take_connection();
		x = query(op);
		check_errno(sem_post(&connections), "sem_post");
		run__add(run, 1, use_answer(x));
	}
}

int main(int argc, char **argv)
{
	struct load load = {.seconds = 1.0, .workers = 4};
	uint64_t permits = 1;
	bool fixed = false;
	const struct option_row rows[] = {
		{.name = "connections",
		 .count = &permits,
		 .min = 1,
		 .max = 1024,
		 .help = "how many there are"},
		{.name = "fixed", .flag = &fixed, .help = "one for each thread"},
	};
	const struct options opts = {"semaphore", "queries", rows, 2};
	int code = options__parse(&opts, &load, argc, argv);
	struct run *run;

	if (code != OPTIONS_RUN)
		return code;
	if (fixed)
		permits = load.workers;
	check_errno(sem_init(&connections, 0, (unsigned int)permits), "sem_init");
	run = run__start(&load);
	crew__join(crew__threads("worker", (unsigned int)load.workers, worker, run));
	return run__finish(run, "semaphore", (unsigned int)load.workers);
}
