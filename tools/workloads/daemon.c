// SPDX-License-Identifier: GPL-2.0-only
/*
 * daemon: a background thread that writes down every now and then what the workers have done, and
 * three ways to end it.
 *
 * What a profiler should find: with --end join the program waits at its end for a thread named
 * flusher that is asleep in sleep_until_next() and looks whether it is to stop only when it wakes:
 * CPUs idle. With --end signal (or --fixed) it is woken at once; with --end drop nobody waits for
 * it and it dies in its sleep: as fast, but what it had not yet written down is lost.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "lib/compute.h"
#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/options.h"
#include "lib/run.h"
#include "lib/until.h"

#define STEP_STEPS (1000ULL * STEPS_PER_US)

enum end { END_JOIN, END_SIGNAL, END_DROP };

static const char *const ends[] = {"join", "signal", "drop", NULL};

struct daemon {
	struct run *run;
	unsigned int end;
	uint64_t every_ns;
	struct until stop;
	atomic_uint_fast64_t handed, flushed;
};

static FRAME uint64_t step(uint64_t op)
{
	uint64_t x = op;

	COMPUTE(x, STEP_STEPS);
	return x;
}

static void worker(void *arg, unsigned int index)
{
	struct daemon *d = arg;
	uint64_t op;

	(void)index;
	while (run__next(d->run, &op)) {
		run__add(d->run, 1, step(op));
		atomic_fetch_add(&d->handed, 1);
	}
}

/* Returns whether it is to stop. */
static FRAME bool sleep_until_next(struct daemon *d)
{
	if (d->end == END_SIGNAL)
		return until__wait(&d->stop, now_ns() + d->every_ns);
	sleep_ns(d->every_ns);
	return until__is_set(&d->stop);
}

static void flusher(void *arg, unsigned int index)
{
	struct daemon *d = arg;
	bool stop;

	(void)index;
	check(pthread_setname_np(pthread_self(), "flusher"), "pthread_setname_np");
	do {
		stop = sleep_until_next(d);
		atomic_store(&d->flushed, atomic_load(&d->handed));
	} while (!stop);
}

int main(int argc, char **argv)
{
	struct load load = {.seconds = 1.0, .workers = usable_cpus()};
	struct daemon d = {0};
	uint64_t every_ms = 700, handed, flushed;
	bool fixed = false;
	const struct option_row rows[] = {
		{.name = "end", .choice = &d.end, .choices = ends, .help = "how the thread ends:"},
		{.name = "every-ms",
		 .count = &every_ms,
		 .min = 1,
		 .max = 60000,
		 .help = "its sleep between two looks, in milliseconds"},
		{.name = "fixed", .flag = &fixed, .help = "the same as --end signal"},
	};
	const struct options opts = {"daemon", "steps", rows, 3};
	int code = options__parse(&opts, &load, argc, argv);
	struct crew *background;

	if (code != OPTIONS_RUN)
		return code;
	if (fixed)
		d.end = END_SIGNAL;
	d.every_ns = every_ms * 1000000;
	until__init(&d.stop);
	d.run = run__start(&load);
	background = crew__threads("flusher", 1, flusher, &d);
	crew__join(crew__threads("worker", (unsigned int)load.workers, worker, &d));
	if (d.end != END_DROP) {
		until__set(&d.stop);
		crew__join(background);
	}
	handed = atomic_load(&d.handed);
	flushed = atomic_load(&d.flushed);
	printf("daemon: handed=%" PRIu64 " flushed=%" PRIu64 " lost=%" PRIu64 "\n", handed, flushed,
	       handed - flushed);
	return run__finish(d.run, "daemon", (unsigned int)load.workers);
}
