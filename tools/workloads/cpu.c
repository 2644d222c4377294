// SPDX-License-Identifier: GPL-2.0-only
/*
 * cpu: sums squares, in one thread, in threads, in processes, or as callbacks of an event loop.
 * Nothing waits for anything.
 *
 * What a profiler should find: with --mode single one CPU computes in sum_of_squares() and the
 * others idle because there is no thread for them. With threads or procs all CPUs compute, no
 * thread blocks, and there is nothing to fix; with more workers than CPUs, workers are runnable
 * but wait for a CPU. With loop there is one thread again, and it is no faster than single.
 */
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/options.h"
#include "lib/run.h"

#define BLOCK 65536ULL /* squares per operation: some 50 us */

enum mode { MODE_SINGLE, MODE_THREADS, MODE_PROCS, MODE_LOOP };

static const char *const modes[] = {"single", "threads", "procs", "loop", NULL};

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

/* Each block is ready at once, so that the loop never waits: it only has its way to go. */
static __attribute__((noinline)) void event_loop(struct run *run)
{
	int epoll = (int)check_errno(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	int ready = (int)check_errno(eventfd(1, EFD_CLOEXEC), "eventfd");
	struct epoll_event ev = {.events = EPOLLIN};
	uint64_t op, sum;

	check_errno(epoll_ctl(epoll, EPOLL_CTL_ADD, ready, &ev), "epoll_ctl");
	while (run__next(run, &op)) {
		check_errno(epoll_wait(epoll, &ev, 1, -1), "epoll_wait");
		sum = sum_of_squares(op * BLOCK, (op + 1) * BLOCK);
		run__add(run, 1, sum);
	}
	close(ready);
	close(epoll);
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
	if (mode == MODE_SINGLE || mode == MODE_LOOP)
		load.workers = 1;
	run = run__start(&load);
	if (mode == MODE_SINGLE)
		worker(run, 0);
	else if (mode == MODE_LOOP)
		event_loop(run);
	else if (mode == MODE_THREADS)
		crew__join(crew__threads("worker", (unsigned int)load.workers, worker, run));
	else
		crew__join(crew__processes("worker", (unsigned int)load.workers, worker, run));
	return run__finish(run, "cpu", (unsigned int)load.workers);
}
