// SPDX-License-Identifier: GPL-2.0-only
/* Programs that are fine: all CPUs compute, and what waits has nothing to do. */
#include <pthread.h>

#include "lib/crew.h"
#include "lib/run.h"
#include "work.h"

#define MS    1000
#define TASKS 200

static struct queue *tasks, *no_tasks;

static void compute_on(void *arg, unsigned int index)
{
	(void)index;
	for (unsigned int ms = *(unsigned int *)arg; ms; ms--)
		COMPUTE_US(MS);
}

static void play_threads(void)
{
	unsigned int ms = 400;

	crew__join(crew__threads("worker", usable_cpus(), compute_on, &ms));
}

static void play_processes(void)
{
	unsigned int ms = 400;

	crew__join(crew__processes("worker", usable_cpus(), compute_on, &ms));
}

static void do_tasks(void *arg, unsigned int index)
{
	(void)index;
	while (queue__pop(arg) != QUEUE_END)
		COMPUTE_US(2 * MS);
}

static void hand_out(unsigned int count, unsigned int workers)
{
	for (unsigned int i = 0; i < count; i++)
		queue__push(tasks, i);
	for (unsigned int i = 0; i < workers; i++)
		queue__push(tasks, QUEUE_END);
}

static void pool_of(unsigned int workers)
{
	struct crew *crew;

	tasks = queue__new(32);
	crew = crew__threads("pool", workers, do_tasks, tasks);
	hand_out(TASKS * usable_cpus(), workers);
	crew__join(crew);
}

static void play_pool(void)
{
	pool_of(usable_cpus());
}

static void play_big_pool(void)
{
	pool_of(4 * usable_cpus());
}

/* A second pool waits for tasks that do not come: nobody misses them. */
static void play_idle_pool(void)
{
	unsigned int ms = 400;
	struct crew *idle;

	no_tasks = queue__new(4);
	idle = crew__threads("spare", 8, do_tasks, no_tasks);
	crew__join(crew__threads("worker", usable_cpus(), compute_on, &ms));
	for (int i = 0; i < 8; i++)
		queue__push(no_tasks, QUEUE_END);
	crew__join(idle);
}

int main(int argc, char **argv)
{
	static const struct play plays[] = {
		{"threads", play_threads},   {"processes", play_processes}, {"pool", play_pool},
		{"big-pool", play_big_pool}, {"idle-pool", play_idle_pool},
	};

	(void)argc;
	return PLAYS(plays, argv);
}
