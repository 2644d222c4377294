// SPDX-License-Identifier: GPL-2.0-only
/* Pipelines: of threads through queues, of processes through pipes. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/run.h"
#include "work.h"

#define DEPTH  8
#define STAGES 3
#define END    QUEUE_END

/* Takes from the queue before it, gives to the one behind; the first and the last do only one. */
struct stage {
	const char *name;
	unsigned int threads, us, items;
	struct queue *in, *out;
};

#define STAGE(name_, threads_, us_)                                                                \
	{                                                                                          \
		.name = name_, .threads = threads_, .us = us_                                      \
	}

static void work_on_items(void *arg, unsigned int index)
{
	struct stage *stage = arg;
	long item;

	(void)index;
	for (unsigned int i = 0; stage->in || i < stage->items; i++) {
		item = stage->in ? queue__pop(stage->in) : (long)i;
		if (item == END)
			break;
		COMPUTE_US(stage->us);
		if (stage->out)
			queue__push(stage->out, item);
	}
}

static void run_stages(struct stage *stages, unsigned int n, unsigned int items)
{
	struct crew *crews[STAGES];

	for (unsigned int i = 0; i < n; i++) {
		stages[i].items = items;
		stages[i].in = i ? stages[i - 1].out : NULL;
		stages[i].out = i + 1 < n ? queue__new(DEPTH) : NULL;
		crews[i] =
			crew__threads(stages[i].name, stages[i].threads, work_on_items, &stages[i]);
	}
	for (unsigned int i = 0; i < n; i++) {
		crew__join(crews[i]);
		for (unsigned int k = 0; i + 1 < n && k < stages[i + 1].threads; k++)
			queue__push(stages[i].out, END);
	}
}

static void play_middle(void)
{
	struct stage stages[] = {STAGE("parse", 1, 800), STAGE("encode", 1, 3000),
				 STAGE("store", 1, 400)};

	run_stages(stages, 3, 140);
}

static void play_last(void)
{
	struct stage stages[] = {STAGE("parse", 1, 600), STAGE("store", 1, 2500)};

	run_stages(stages, 2, 160);
}

static void play_balanced(void)
{
	struct stage stages[] = {STAGE("parse", 1, 2000), STAGE("store", 1, 2000)};

	run_stages(stages, 2, 200);
}

/* The slow stage has several threads: the CPUs are the limit. */
static void play_wide(void)
{
	struct stage stages[] = {STAGE("parse", 1, 800), STAGE("encode", 4, 3000),
				 STAGE("store", 1, 400)};

	stages[1].threads = 2 * usable_cpus();
	run_stages(stages, 3, 100 * usable_cpus());
}

/* --- the same of processes --- */

static int pipes[STAGES - 1][2];
static const unsigned int *costs;
static unsigned int nstages;

static void work_on_bytes(unsigned int stage)
{
	char bytes[4096] = {0};
	long left = 160;

	for (; left; left--) {
		size_t got = 0;

		while (stage && got < sizeof(bytes)) {
			long n = check_errno(read(pipes[stage - 1][0], bytes, sizeof(bytes) - got),
					     "read");

			if (!n)
				fail("read", EPIPE);
			got += (size_t)n;
		}
		COMPUTE_US(costs[stage]);
		if (stage + 1 < nstages)
			check_errno(write(pipes[stage][1], bytes, sizeof(bytes)), "write");
	}
}

static void source_stage(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	work_on_bytes(0);
}

static void crunch_stage(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	work_on_bytes(1);
}

static void sink_stage(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	work_on_bytes(2);
}

static void run_pipes(const unsigned int *us, unsigned int n)
{
	struct crew *crews[STAGES];

	costs = us;
	nstages = n;
	for (unsigned int i = 0; i + 1 < n; i++) {
		check_errno(pipe(pipes[i]), "pipe");
		check_errno(fcntl(pipes[i][1], F_SETPIPE_SZ, DEPTH * 4096), "F_SETPIPE_SZ");
	}
	crews[0] = crew__processes("source", 1, source_stage, NULL);
	crews[1] = crew__processes("crunch", 1, crunch_stage, NULL);
	if (n > 2)
		crews[2] = crew__processes("sink", 1, sink_stage, NULL);
	for (unsigned int i = 0; i < n; i++)
		crew__join(crews[i]);
}

static void play_pipes(void)
{
	static const unsigned int us[] = {500, 2600, 300};

	run_pipes(us, 3);
}

static void play_balanced_pipes(void)
{
	static const unsigned int us[] = {2500, 2500};

	run_pipes(us, 2);
}

int main(int argc, char **argv)
{
	static const struct play plays[] = {
		{"middle", play_middle}, {"last", play_last},
		{"pipes", play_pipes},	 {"balanced-pipes", play_balanced_pipes},
		{"wide", play_wide},	 {"balanced", play_balanced},
	};

	(void)argc;
	return PLAYS(plays, argv);
}
