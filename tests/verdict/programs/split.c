// SPDX-License-Identifier: GPL-2.0-only
/* Work cut into parts before it starts: some far bigger than the rest, or all alike. */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/crew.h"
#include "lib/run.h"
#include "work.h"

#define MS    1000
#define ITEMS 200

static unsigned int big_part, big_ms, small_ms;
static atomic_uint next_item;

static void work_a_part(void *arg, unsigned int index)
{
	unsigned int ms = index == big_part ? big_ms : small_ms;

	(void)arg;
	while (ms--)
		COMPUTE_US(MS);
}

static void parts(unsigned int n, unsigned int big, unsigned int of_big, unsigned int of_small,
		  bool processes)
{
	big_part = big;
	big_ms = of_big;
	small_ms = of_small;
	crew__join(processes ? crew__processes("part", n, work_a_part, NULL)
			     : crew__threads("part", n, work_a_part, NULL));
}

static void play_threads(void)
{
	parts(usable_cpus(), 0, 450, 150, false);
}

static void play_processes(void)
{
	parts(usable_cpus(), 1, 450, 150, true);
}

/* More parts than CPUs, and the last is the big one. */
static void play_last(void)
{
	unsigned int n = 2 * usable_cpus();

	parts(n, n - 1, 400, 80, false);
}

static void play_even(void)
{
	parts(usable_cpus(), 0, 400, 400, false);
}

static void play_even_processes(void)
{
	parts(usable_cpus(), 0, 400, 400, true);
}

/* The items differ as much, but whoever is free takes the next. */
static void take_items(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	for (;;) {
		unsigned int item = atomic_fetch_add(&next_item, 1);

		if (item >= ITEMS)
			return;
		COMPUTE_US(item % 4 ? 2 * MS : 8 * MS);
	}
}

static void play_dynamic(void)
{
	crew__join(crew__threads("taker", usable_cpus(), take_items, NULL));
}

int main(int argc, char **argv)
{
	static const struct play plays[] = {
		{"threads", play_threads}, {"processes", play_processes},
		{"last", play_last},	   {"even-processes", play_even_processes},
		{"even", play_even},	   {"dynamic", play_dynamic},
	};

	(void)argc;
	return PLAYS(plays, argv);
}
