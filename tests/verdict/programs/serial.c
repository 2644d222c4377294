// SPDX-License-Identifier: GPL-2.0-only
/* One thread computes while those that could help wait; and programs that have no such part. */
#include <pthread.h>

#include "lib/crew.h"
#include "lib/run.h"
#include "work.h"

#define MS 1000

static struct queue *tasks, *results;

static void work_a_part(void *arg, unsigned int index)
{
	(void)index;
	for (long us = *(long *)arg; us > 0; us -= MS)
		COMPUTE_US(MS);
}

static void work_in_parallel(long us)
{
	crew__join(crew__threads("worker", usable_cpus(), work_a_part, &us));
}

static FRAME void load_tables(void)
{
	for (int i = 0; i < 240; i++)
		COMPUTE_US(MS);
	FRAME_END();
}

static void play_init(void)
{
	load_tables();
	work_in_parallel(160 * MS);
}

static FRAME void merge_results(void)
{
	for (int i = 0; i < 30; i++)
		COMPUTE_US(MS);
	FRAME_END();
}

static void play_merge(void)
{
	for (int i = 0; i < 8; i++) {
		work_in_parallel(20 * MS);
		merge_results();
	}
}

static void do_tasks(void *arg, unsigned int index)
{
	long item;

	(void)arg;
	(void)index;
	while ((item = queue__pop(tasks)) != QUEUE_END) {
		COMPUTE_US(5 * MS);
		queue__push(results, item);
	}
}

static FRAME void plan_round(void)
{
	COMPUTE_US(16 * MS);
	FRAME_END();
}

/* Plans, hands out, waits for all, plans again: nobody works while it plans. */
static void play_planner(void)
{
	unsigned int n = usable_cpus();
	struct crew *crew;

	tasks = queue__new(64);
	results = queue__new(64);
	pthread_setname_np(pthread_self(), "planner");
	crew = crew__threads("worker", n, do_tasks, NULL);
	for (int round = 0; round < 16; round++) {
		plan_round();
		for (unsigned int i = 0; i < 2 * n; i++)
			queue__push(tasks, round);
		for (unsigned int i = 0; i < 2 * n; i++)
			queue__pop(results);
	}
	for (unsigned int i = 0; i < n; i++)
		queue__push(tasks, QUEUE_END);
	crew__join(crew);
}

static FRAME void compute_alone(void)
{
	for (int i = 0; i < 400; i++)
		COMPUTE_US(MS);
	FRAME_END();
}

/* Just one thread: nothing waits, and one CPU is all that it can use. */
static void play_single(void)
{
	compute_alone();
}

static void play_parallel(void)
{
	work_in_parallel(400 * MS);
}

/* Many short parallel parts with next to nothing in between. */
static void play_rounds(void)
{
	for (int i = 0; i < 10; i++)
		work_in_parallel(40 * MS);
}

int main(int argc, char **argv)
{
	static const struct play plays[] = {
		{"init", play_init},	 {"merge", play_merge},	      {"planner", play_planner},
		{"single", play_single}, {"parallel", play_parallel}, {"rounds", play_rounds},
	};

	(void)argc;
	return PLAYS(plays, argv);
}
