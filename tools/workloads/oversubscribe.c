// SPDX-License-Identifier: GPL-2.0-only
/*
 * oversubscribe: far more threads that compute than there are CPUs.
 *
 * What a profiler should find: nobody blocks, but threads wait for a CPU nearly all the time, and
 * each CPU changes hands again and again. All CPUs are busy, so the throughput is hardly less; what
 * suffers is how long one operation takes. With --fixed there are as many threads as CPUs.
 */
#include <stdio.h>

#include "lib/compute.h"
#include "lib/crew.h"
#include "lib/options.h"
#include "lib/run.h"

#define PER_CPU	  32
#define ALL_STEPS (500ULL * STEPS_PER_US)

static FRAME uint64_t handle(uint64_t op)
{
	uint64_t x = op;

	COMPUTE(x, ALL_STEPS);
	return x;
}

static void worker(void *arg, unsigned int index)
{
	struct run *run = arg;
	uint64_t op;

	(void)index;
	while (run__next(run, &op)) {
		uint64_t start = now_ns();

		run__add(run, 1, handle(op));
		run__took(run, now_ns() - start);
	}
}

int main(int argc, char **argv)
{
	struct load load = {.seconds = 1.0};
	bool fixed = false;
	const struct option_row rows[] = {
		{.name = "fixed", .flag = &fixed, .help = "as many threads as CPUs, not 32 times"},
	};
	const struct options opts = {"oversubscribe", "requests", rows, 1};
	int code = options__parse(&opts, &load, argc, argv);
	struct run *run;

	if (code != OPTIONS_RUN)
		return code;
	if (!load.workers)
		load.workers = (uint64_t)usable_cpus() * (fixed ? 1 : PER_CPU);
	if (load.workers > 1024)
		load.workers = 1024;
	run = run__start(&load);
	crew__join(crew__threads("worker", (unsigned int)load.workers, worker, run));
	printf("oversubscribe: longest_request_ms=%.1f\n", (double)run__longest(run) / 1e6);
	return run__finish(run, "oversubscribe", (unsigned int)load.workers);
}
