// SPDX-License-Identifier: GPL-2.0-only
/*
 * barrier: threads that each do their share of a round and then meet at a barrier.
 *
 * What a profiler should find: with --straggler worker-1 has eight times the share of each other
 * thread; they all wait for it at the barrier round_end, worker-1 never waits, and CPUs idle
 * while it computes in relax(). With --straggler --fixed the same cells are shared out evenly:
 * waits at the barrier are short and CPUs busy. Without --straggler the work is even from the
 * start.
 */
#include <pthread.h>

#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/options.h"
#include "lib/run.h"

#define SHARE	    64 /* cells that an ordinary worker does in a round */
#define STRAGGLE    8  /* the straggler's share is this many times the others' */
#define CELL_ROUNDS 1500

static pthread_barrier_t round_end;

struct grid {
	struct run *run;
	uint64_t workers, cells; /* cells per round */
	bool straggler, fixed;
	/*
	 * Of even and odd rounds. worker-1 sets one before the barrier and all read it after: with
	 * a single one it could be set for the next round before the last has read it.
	 */
	bool stop[2];
};

static __attribute__((noinline)) uint64_t relax(uint64_t cell)
{
	uint64_t x = cell + 1;

	for (int i = 0; i < CELL_ROUNDS; i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		__asm__("" : "+r"(x));
	}
	return x;
}

/* The first cell of a worker's part of a round; that of the next worker ends it. */
static uint64_t first_cell(const struct grid *grid, uint64_t index)
{
	if (grid->straggler && !grid->fixed)
		return index ? SHARE * (STRAGGLE + index - 1) : 0;
	return grid->cells * index / grid->workers;
}

static void meet(void)
{
	int err = pthread_barrier_wait(&round_end);

	if (err != PTHREAD_BARRIER_SERIAL_THREAD)
		check(err, "pthread_barrier_wait");
}

static void worker(void *arg, unsigned int index)
{
	struct grid *grid = arg;
	uint64_t from = first_cell(grid, index), to = first_cell(grid, index + 1ULL);
	uint64_t sum = 0;

	for (uint64_t r = 0;; r++) {
		uint64_t op;

		if (index == 0)
			grid->stop[r & 1] = !run__next(grid->run, &op);
		meet();
		if (grid->stop[r & 1])
			break;
		for (uint64_t cell = from; cell < to; cell++)
			sum += relax(r * grid->cells + cell);
		if (index == 0)
			run__add(grid->run, 1, 0);
	}
	run__add(grid->run, 0, sum);
}

int main(int argc, char **argv)
{
	struct load load = {.seconds = 1.0, .workers = 4};
	struct grid grid = {0};
	const struct option_row rows[] = {
		{.name = "straggler",
		 .flag = &grid.straggler,
		 .help = "worker-1 has eight times the work of each other"},
		{.name = "fixed", .flag = &grid.fixed, .help = "share the straggler's work out"},
	};
	const struct options opts = {"barrier", "rounds", rows, 2};
	int code = options__parse(&opts, &load, argc, argv);

	if (code != OPTIONS_RUN)
		return code;
	grid.workers = load.workers;
	grid.cells = SHARE * (load.workers + (grid.straggler ? STRAGGLE - 1 : 0));
	check(pthread_barrier_init(&round_end, NULL, (unsigned int)load.workers),
	      "pthread_barrier_init");
	grid.run = run__start(&load);
	crew__join(crew__threads("worker", (unsigned int)load.workers, worker, &grid));
	check(pthread_barrier_destroy(&round_end), "pthread_barrier_destroy");
	return run__finish(grid.run, "barrier", (unsigned int)load.workers);
}
