// SPDX-License-Identifier: GPL-2.0-only
/*
 * race: threads that add to one number: read it, be away for a while, write it back.
 *
 * Without a lock what others wrote meanwhile is lost, and the sum is wrong: no profiler sees that,
 * threads that race do not wait. With --hold-while-sleeping the sum is right, but the mutex
 * total_lock is held in a sleep and the others wait for it in add(): as fast as one thread. With
 * --locked it is held to read and write only, after the sleep: right, and fast.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>

#include "lib/compute.h"
#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/options.h"
#include "lib/run.h"

static pthread_mutex_t total_lock = PTHREAD_MUTEX_INITIALIZER;
static volatile uint64_t total;

struct race {
	struct run *run;
	bool locked, hold;
	uint64_t away_ns;
};

static FRAME void be_away(const struct race *race)
{
	sleep_ns(race->away_ns);
	FRAME_END();
}

static FRAME void add_without_lock(const struct race *race)
{
	uint64_t seen = total;

	be_away(race);
	total = seen + 1;
}

static FRAME void add(const struct race *race)
{
	uint64_t seen;

	if (!race->hold)
		be_away(race);
	check(pthread_mutex_lock(&total_lock), "pthread_mutex_lock");
	seen = total;
	if (race->hold)
		be_away(race);
	total = seen + 1;
	check(pthread_mutex_unlock(&total_lock), "pthread_mutex_unlock");
}

static void worker(void *arg, unsigned int index)
{
	const struct race *race = arg;
	uint64_t op, ops = 0, sum = 0;

	(void)index;
	while (run__next(race->run, &op)) {
		if (race->locked)
			add(race);
		else
			add_without_lock(race);
		sum += op;
		ops++;
	}
	run__add(race->run, ops, sum);
}

int main(int argc, char **argv)
{
	struct load load = {.seconds = 1.0, .workers = 8};
	struct race race = {0};
	uint64_t away_us = 500, expected;
	const struct option_row rows[] = {
		{.name = "locked", .flag = &race.locked, .help = "read and write under a lock"},
		{.name = "hold-while-sleeping",
		 .flag = &race.hold,
		 .help = "locked, and the sleep is under the lock too"},
		{.name = "away-us",
		 .count = &away_us,
		 .min = 1,
		 .max = 1000000,
		 .help = "the sleep, in microseconds"},
	};
	const struct options opts = {"race", "additions", rows, 3};
	int code = options__parse(&opts, &load, argc, argv);

	if (code != OPTIONS_RUN)
		return code;
	race.locked |= race.hold;
	race.away_ns = away_us * 1000;
	race.run = run__start(&load);
	crew__join(crew__threads("worker", (unsigned int)load.workers, worker, &race));
	expected = run__ops(race.run);
	printf("race: expected=%" PRIu64 " actual=%" PRIu64 " lost=%" PRIu64 "\n", expected, total,
	       expected - total);
	return run__finish(race.run, "race", (unsigned int)load.workers);
}
