// SPDX-License-Identifier: GPL-2.0-only
/*
 * cpu: sums squares, in one thread, in threads, or in processes. Nothing waits for anything.
 *
 * What a profiler should find: with --mode single one CPU computes in sum_of_squares() and the
 * others idle because there is no thread for them. With threads or procs all CPUs compute, no
 * thread blocks, and there is nothing to fix; with more workers than CPUs, workers are runnable
 * but wait for a CPU.
 */
#include "lib/crew.h"
#include "lib/options.h"
#include "lib/run.h"

#define BLOCK 65536ULL /* squares per operation: some 50 us */

enum mode { MODE_SINGLE, MODE_THREADS, MODE_PROCS };

static const char *const modes[] = {"single", "threads", "procs", NULL};

static __attribute__((noinline)) uint64_t sum_of_squares(uint64_t from, uint64_t to)
{
	uint64_t sum = 0;

	for (uint64_t i = from; i < to; i++) {
		sum += i * i;
		__asm__("" : "+r"(sum)); /* keeps it a loop: compilers know the formula */
	}
	return sum;
}

static void worker(void *arg, unsigned int index)
{
	struct run *run = arg;
	uint64_t op, ops = 0, sum = 0;

	(void)index;
	while (run__next(run, &op)) {
		sum += sum_of_squares(op * BLOCK, (op + 1) * BLOCK);
		ops++;
	}
	run__add(run, ops, sum);
}

int main(int argc, char **argv)
{
	unsigned int mode = MODE_THREADS;
	struct load load = {.seconds = 1.0, .workers = usable_cpus()};
	const struct option_row rows[] = {
		{.name = "mode", .choice = &mode, .choices = modes, .help = "who computes:"},
	};
	const struct options opts = {"cpu", "blocks of 65,536 squares", rows, 1};
	struct run *run;
	int code = options__parse(&opts, &load, argc, argv);

	if (code != OPTIONS_RUN)
		return code;
	if (mode == MODE_SINGLE)
		load.workers = 1;
	run = run__start(&load);
	if (mode == MODE_SINGLE)
		worker(run, 0);
	else if (mode == MODE_THREADS)
		crew__join(crew__threads("worker", (unsigned int)load.workers, worker, run));
	else
		crew__join(crew__processes("worker", (unsigned int)load.workers, worker, run));
	return run__finish(run, "cpu", (unsigned int)load.workers);
}
