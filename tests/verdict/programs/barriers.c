// SPDX-License-Identifier: GPL-2.0-only
/* Rounds that end at a barrier: one thread late each time, another one each time, or nobody. */
#include <pthread.h>

#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/run.h"
#include "work.h"

#define MS 1000

static pthread_barrier_t step_done;
static unsigned int parties, base_us, late_us, rounds;

static FRAME void meet(void)
{
	pthread_barrier_wait(&step_done);
	FRAME_END();
}

static void same_is_late(void *arg, unsigned int index)
{
	(void)arg;
	for (unsigned int i = 0; i < rounds; i++) {
		COMPUTE_US(index ? base_us : late_us);
		meet();
	}
}

static void another_is_late(void *arg, unsigned int index)
{
	uint32_t state = 1;

	(void)arg;
	for (unsigned int i = 0; i < rounds; i++) {
		COMPUTE_US(work__random(&state) % parties == index ? late_us : base_us);
		meet();
	}
}

static void in_rounds(crew_fn fn, unsigned int count, unsigned int base, unsigned int late)
{
	parties = usable_cpus();
	rounds = count;
	base_us = base;
	late_us = late;
	check(pthread_barrier_init(&step_done, NULL, parties), "pthread_barrier_init");
	crew__join(crew__threads("party", parties, fn, NULL));
}

static void play_slow(void)
{
	in_rounds(same_is_late, 30, 4 * MS, 13 * MS);
}

static void play_random(void)
{
	in_rounds(another_is_late, 30, 4 * MS, 13 * MS);
}

static void play_balanced(void)
{
	in_rounds(same_is_late, 40, 10 * MS, 10 * MS);
}

/* Many short steps: what a barrier itself costs is little beside them. */
static void play_short(void)
{
	in_rounds(same_is_late, 200, 2 * MS, 2 * MS);
}

int main(int argc, char **argv)
{
	static const struct play plays[] = {
		{"slow", play_slow},
		{"random", play_random},
		{"balanced", play_balanced},
		{"short", play_short},
	};

	(void)argc;
	return PLAYS(plays, argv);
}
