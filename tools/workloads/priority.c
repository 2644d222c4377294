// SPDX-License-Identifier: GPL-2.0-only
/*
 * priority: urgent requests that need a lock, a thread of low priority that sometimes has it, and
 * others that keep all CPUs busy.
 *
 * What a profiler should find: threads named urgent wait for index_lock, whose holder low-1 is in
 * the middle of rebuild() and gets no CPU: the others are of higher priority than it, though of no
 * higher one than those that wait. With --fixed it computes outside the lock; with --same-priority
 * it is not of low priority.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/compute.h"
#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/options.h"
#include "lib/run.h"

#define LOWER	      10 /* by so many steps of niceness */
#define PAUSE_NS      1000000ULL
#define REBUILD_STEPS (2000ULL * STEPS_PER_US)
#define REQUEST_STEPS (50ULL * STEPS_PER_US)
#define HOG_STEPS     (500ULL * STEPS_PER_US)

static pthread_mutex_t index_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t index_of_all; /* under index_lock */

struct inversion {
	struct run *run;
	bool fixed, same;
	atomic_bool over;
};

static FRAME void rebuild(const struct inversion *inv)
{
	uint64_t x = 1;

	if (inv->fixed)
		COMPUTE(x, REBUILD_STEPS);
	check(pthread_mutex_lock(&index_lock), "pthread_mutex_lock");
	if (!inv->fixed)
		COMPUTE(x, REBUILD_STEPS);
	index_of_all = x;
	check(pthread_mutex_unlock(&index_lock), "pthread_mutex_unlock");
}

static FRAME uint64_t request(uint64_t op)
{
	uint64_t x = op;

	check(pthread_mutex_lock(&index_lock), "pthread_mutex_lock");
	x ^= index_of_all & 1;
	COMPUTE(x, REQUEST_STEPS);
	check(pthread_mutex_unlock(&index_lock), "pthread_mutex_unlock");
	return x;
}

static void low(void *arg, unsigned int index)
{
	struct inversion *inv = arg;

	(void)index;
	if (!inv->same)
		check_errno(setpriority(PRIO_PROCESS, (id_t)gettid(),
					getpriority(PRIO_PROCESS, 0) + LOWER),
			    "setpriority");
	while (!atomic_load(&inv->over)) {
		rebuild(inv);
		sleep_ns(PAUSE_NS);
	}
}

static void hog(void *arg, unsigned int index)
{
	struct inversion *inv = arg;
	uint64_t x = index;

	while (!atomic_load(&inv->over))
		COMPUTE(x, HOG_STEPS);
}

static void urgent(void *arg, unsigned int index)
{
	struct inversion *inv = arg;
	uint64_t op;

	(void)index;
	while (run__next(inv->run, &op)) {
		uint64_t start = now_ns();

		request(op);
		run__took(inv->run, now_ns() - start);
		run__add(inv->run, 1, op);
		sleep_ns(PAUSE_NS);
	}
}

int main(int argc, char **argv)
{
	struct load load = {.seconds = 1.0, .workers = 2};
	struct inversion inv = {0};
	const struct option_row rows[] = {
		{.name = "same-priority",
		 .flag = &inv.same,
		 .help = "the thread that has the lock at times is like the others"},
		{.name = "fixed", .flag = &inv.fixed, .help = "it computes outside the lock"},
	};
	const struct options opts = {"priority", "urgent requests", rows, 2};
	int code = options__parse(&opts, &load, argc, argv);
	struct crew *hogs, *holder;

	if (code != OPTIONS_RUN)
		return code;
	inv.run = run__start(&load);
	hogs = crew__threads("hog", 2 * usable_cpus(), hog, &inv);
	holder = crew__threads("low", 1, low, &inv);
	crew__join(crew__threads("urgent", (unsigned int)load.workers, urgent, &inv));
	atomic_store(&inv.over, true);
	crew__join(holder);
	crew__join(hogs);
	printf("priority: longest_request_ms=%.1f\n", (double)run__longest(inv.run) / 1e6);
	return run__finish(inv.run, "priority", (unsigned int)load.workers);
}
