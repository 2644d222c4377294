// SPDX-License-Identifier: GPL-2.0-only
/*
 * convoy: threads that take one global lock the way an interpreter lock is taken: held to
 * compute, dropped for IO. However many threads there are, one computes at a time.
 *
 * What a profiler should find: the mutex big_lock is held nearly all the time, by a thread that
 * computes in step(), called from worker(); the others wait for it in worker(). About one CPU of
 * all is used. With --fixed step() runs outside the lock, which then only guards the total: no
 * waiting worth the name, and as many CPUs in use as there are.
 */
#include <pthread.h>

#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/options.h"
#include "lib/run.h"

static pthread_mutex_t big_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t total; /* under big_lock */

struct convoy {
	struct run *run;
	bool fixed;
	uint64_t rounds; /* of step() */
	uint64_t io_ns;
};

static __attribute__((noinline)) uint64_t step(uint64_t op, uint64_t rounds)
{
	uint64_t x = op * 0x9e3779b97f4a7c15ULL + 1;

	for (uint64_t i = 0; i < rounds; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	return x;
}

static __attribute__((noinline)) void wait_for_io(uint64_t ns)
{
	sleep_ns(ns);
}

static void worker(void *arg, unsigned int index)
{
	const struct convoy *convoy = arg;
	uint64_t op, value = 0, ops = 0;

	(void)index;
	while (run__next(convoy->run, &op)) {
		if (convoy->fixed)
			value = step(op, convoy->rounds);
		check(pthread_mutex_lock(&big_lock), "pthread_mutex_lock");
		if (!convoy->fixed)
			value = step(op, convoy->rounds);
		total += value;
		check(pthread_mutex_unlock(&big_lock), "pthread_mutex_unlock");
		ops++;
		wait_for_io(convoy->io_ns);
	}
	run__add(convoy->run, ops, 0);
}

int main(int argc, char **argv)
{
	struct load load = {.seconds = 1.5, .workers = 4};
	struct convoy convoy = {0};
	uint64_t step_us = 200, io_us = 100;
	const struct option_row rows[] = {
		{.name = "step-us",
		 .count = &step_us,
		 .min = 1,
		 .max = 1000000,
		 .help = "computing per operation, in about microseconds"},
		{.name = "io-us",
		 .count = &io_us,
		 .min = 0,
		 .max = 1000000,
		 .help = "IO per operation, in microseconds"},
		{.name = "fixed", .flag = &convoy.fixed, .help = "compute outside the lock"},
	};
	const struct options opts = {"convoy", "steps", rows, 3};
	int code = options__parse(&opts, &load, argc, argv);

	if (code != OPTIONS_RUN)
		return code;
	convoy.rounds = step_us * 500; /* 2 ns each at some 3 GHz */
	convoy.io_ns = io_us * 1000;
	convoy.run = run__start(&load);
	crew__join(crew__threads("worker", (unsigned int)load.workers, worker, &convoy));
	run__add(convoy.run, 0, total);
	return run__finish(convoy.run, "convoy", (unsigned int)load.workers);
}
