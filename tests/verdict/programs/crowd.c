// SPDX-License-Identifier: GPL-2.0-only
/* More threads that want a CPU than there are, in each other's way or not. */
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "lib/crew.h"
#include "lib/run.h"
#include "work.h"

#define MS 1000

static atomic_uint arrived, generation;
static unsigned int parties, rounds, step_us;
static bool yields;

/* A barrier that does not sleep: who waits keeps its CPU busy, perhaps that of the one it needs. */
static FRAME void spin_until_all_here(void)
{
	unsigned int mine = generation;

	if (atomic_fetch_add(&arrived, 1) + 1 == parties) {
		arrived = 0;
		generation++;
	}
	while (generation == mine) {
		if (yields)
			sched_yield();
		else
			__builtin_ia32_pause();
	}
	FRAME_END();
}

static void step_together(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	for (unsigned int i = 0; i < rounds; i++) {
		COMPUTE_US(step_us);
		spin_until_all_here();
	}
}

static void crowd(unsigned int n, unsigned int times, unsigned int us, bool yield)
{
	parties = n;
	rounds = times;
	step_us = us;
	yields = yield;
	crew__join(crew__threads("crowd", n, step_together, NULL));
}

static void play_yield(void)
{
	crowd(64, 120, 40, true);
}

static void play_spin(void)
{
	crowd(32 * usable_cpus(), 5, 300, false);
}

static void play_exact(void)
{
	crowd(usable_cpus(), 200, 2 * MS, false);
}

static void compute_on(void *arg, unsigned int index)
{
	(void)index;
	for (unsigned int ms = *(unsigned int *)arg; ms; ms--)
		COMPUTE_US(MS);
}

/* Each of them just computes: it gains nothing, but it loses next to nothing. */
static void play_twice(void)
{
	unsigned int ms = 200;

	crew__join(crew__threads("worker", 2 * usable_cpus(), compute_on, &ms));
}

static atomic_bool done;

static void sleep_mostly(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	while (!done) {
		COMPUTE_US(30);
		sleep_ns(40000000);
	}
}

static void play_asleep(void)
{
	unsigned int ms = 900; /* long beside the time until the last one has slept */
	struct crew *sleepers = crew__threads("sleeper", 150, sleep_mostly, NULL);

	crew__join(crew__threads("worker", usable_cpus(), compute_on, &ms));
	done = true;
	crew__join(sleepers);
}

int main(int argc, char **argv)
{
	static const struct play plays[] = {
		{"yield", play_yield}, {"spin", play_spin},	{"exact", play_exact},
		{"twice", play_twice}, {"asleep", play_asleep},
	};

	(void)argc;
	return PLAYS(plays, argv);
}
