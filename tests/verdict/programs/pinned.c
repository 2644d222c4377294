// SPDX-License-Identifier: GPL-2.0-only
/* Threads that may run on some CPUs only. */
#include <sched.h>

#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/run.h"
#include "work.h"

#define MS 1000

/* The index-th CPU of those that the program may use. */
static void pin_to(unsigned int index)
{
	cpu_set_t all, one;
	int cpu = 0;

	check_errno(sched_getaffinity(0, sizeof(all), &all), "sched_getaffinity");
	for (;; cpu++) {
		if (CPU_ISSET(cpu, &all) && !index--)
			break;
	}
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	check_errno(sched_setaffinity(0, sizeof(one), &one), "sched_setaffinity");
}

static void compute_ms(unsigned int ms)
{
	while (ms--)
		COMPUTE_US(MS);
}

static void all_on_one(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	pin_to(0);
	compute_ms(120);
}

static void play_one(void)
{
	crew__join(crew__threads("worker", 4, all_on_one, NULL));
}

/* As many threads for each CPU but the first, which got three times as many. */
static void most_on_one(void *arg, unsigned int index)
{
	unsigned int n = *(unsigned int *)arg;

	pin_to(index < n ? index : 0);
	compute_ms(120);
}

static void play_most(void)
{
	unsigned int n = usable_cpus();

	crew__join(crew__threads("worker", n + 2, most_on_one, &n));
}

static void each_its_own(void *arg, unsigned int index)
{
	(void)arg;
	pin_to(index);
	compute_ms(400);
}

static void play_each(void)
{
	crew__join(crew__threads("worker", usable_cpus(), each_its_own, NULL));
}

static void as_it_comes(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	compute_ms(120);
}

/* Pins nothing: whoever starts it may have. */
static void play_free(void)
{
	crew__join(crew__threads("worker", 4, as_it_comes, NULL));
}

static void play_single(void)
{
	compute_ms(350);
}

int main(int argc, char **argv)
{
	static const struct play plays[] = {
		{"one", play_one},   {"most", play_most},     {"each", play_each},
		{"free", play_free}, {"single", play_single},
	};

	(void)argc;
	return PLAYS(plays, argv);
}
