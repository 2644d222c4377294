// SPDX-License-Identifier: GPL-2.0-only
/*
 * affinity: threads that compute, all pinned to the same CPU.
 *
 * What a profiler should find: threads wait for the one CPU that they may run on while the others
 * idle, with cause affinity. With --fixed they are not pinned: all CPUs compute in solve().
 */
#include <sched.h>

#include "lib/compute.h"
#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/options.h"
#include "lib/run.h"

#define SOLVE_STEPS (500ULL * STEPS_PER_US)

struct bound {
	struct run *run;
	bool fixed;
};

/* The first of the CPUs that the program may use. */
static void pin_to_first(void)
{
	cpu_set_t all, one;
	unsigned int cpu = 0;

	check_errno(sched_getaffinity(0, sizeof(all), &all), "sched_getaffinity");
	while (!CPU_ISSET(cpu, &all))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	check_errno(sched_setaffinity(0, sizeof(one), &one), "sched_setaffinity");
}

static FRAME uint64_t solve(uint64_t op)
{
	uint64_t x = op;

	COMPUTE(x, SOLVE_STEPS);
	return x;
}

static void worker(void *arg, unsigned int index)
{
	const struct bound *bound = arg;
	uint64_t op;

	(void)index;
	if (!bound->fixed)
		pin_to_first();
	while (run__next(bound->run, &op))
		run__add(bound->run, 1, solve(op));
}

int main(int argc, char **argv)
{
	struct load load = {.seconds = 1.0, .workers = 2 * (uint64_t)usable_cpus()};
	struct bound bound = {0};
	const struct option_row rows[] = {
		{.name = "fixed", .flag = &bound.fixed, .help = "do not pin the threads"},
	};
	const struct options opts = {"affinity", "equations", rows, 1};
	int code = options__parse(&opts, &load, argc, argv);

	if (code != OPTIONS_RUN)
		return code;
	bound.run = run__start(&load);
	crew__join(crew__threads("worker", (unsigned int)load.workers, worker, &bound));
	return run__finish(bound.run, "affinity", (unsigned int)load.workers);
}
