// SPDX-License-Identifier: GPL-2.0-only
/*
 * timer: answers that must not take longer than a while: each is guarded by a one-shot timer, a
 * thread that waits until the time is up, or until it is cancelled.
 *
 * What a profiler should find: nobody cancels the timers of answers that came in time, so the
 * program is not at its end before the last one has fired: it waits for threads named timer that
 * wait for their timeouts, and CPUs idle. With --fixed each timer is cancelled when its answer is
 * there.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/compute.h"
#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/options.h"
#include "lib/run.h"
#include "lib/until.h"

#define ANSWER_STEPS (5000ULL * STEPS_PER_US)

static atomic_uint_fast64_t fired, cancelled;

struct timer {
	pthread_t thread;
	struct until until;
	uint64_t due_ns;
	struct timer *next;
};

struct guarded {
	struct run *run;
	bool fixed;
	uint64_t timeout_ns;
	_Atomic(struct timer *) running; /* not cancelled; waited for in the end */
};

static void *timer__wait(void *arg)
{
	struct timer *timer = arg;

	check(pthread_setname_np(pthread_self(), "timer"), "pthread_setname_np");
	atomic_fetch_add(until__wait(&timer->until, timer->due_ns) ? &cancelled : &fired, 1);
	return NULL;
}

static struct timer *timer__start(uint64_t timeout_ns)
{
	struct timer *timer = calloc(1, sizeof(*timer));

	if (!timer)
		fail("memory", ENOMEM);
	until__init(&timer->until);
	timer->due_ns = now_ns() + timeout_ns;
	check(pthread_create(&timer->thread, NULL, timer__wait, timer), "pthread_create");
	return timer;
}

static void timer__join(struct timer *timer)
{
	check(pthread_join(timer->thread, NULL), "pthread_join");
	until__destroy(&timer->until);
	free(timer);
}

static FRAME void wait_for_timers(struct guarded *g)
{
	struct timer *timer = g->running, *next;

	for (; timer; timer = next) {
		next = timer->next;
		timer__join(timer);
	}
}

static FRAME uint64_t answer(uint64_t op)
{
	uint64_t x = op;

	COMPUTE(x, ANSWER_STEPS);
	return x;
}

static void worker(void *arg, unsigned int index)
{
	struct guarded *g = arg;
	uint64_t op;

	(void)index;
	while (run__next(g->run, &op)) {
		struct timer *timer = timer__start(g->timeout_ns);

		run__add(g->run, 1, answer(op));
		if (g->fixed) {
			until__set(&timer->until);
			timer__join(timer);
			continue;
		}
		timer->next = atomic_load(&g->running);
		while (!atomic_compare_exchange_weak(&g->running, &timer->next, timer))
			;
	}
}

int main(int argc, char **argv)
{
	struct load load = {.seconds = 1.0, .workers = usable_cpus()};
	struct guarded g = {0};
	uint64_t timeout_ms = 400;
	const struct option_row rows[] = {
		{.name = "timeout-ms",
		 .count = &timeout_ms,
		 .min = 1,
		 .max = 60000,
		 .help = "until a timer fires, in milliseconds"},
		{.name = "fixed", .flag = &g.fixed, .help = "cancel timers that are not needed"},
	};
	const struct options opts = {"timer", "answers", rows, 2};
	int code = options__parse(&opts, &load, argc, argv);

	if (code != OPTIONS_RUN)
		return code;
	g.timeout_ns = timeout_ms * 1000000;
	g.run = run__start(&load);
	crew__join(crew__threads("worker", (unsigned int)load.workers, worker, &g));
	wait_for_timers(&g);
	printf("timer: fired=%" PRIuFAST64 " cancelled=%" PRIuFAST64 "\n", fired, cancelled);
	return run__finish(g.run, "timer", (unsigned int)load.workers);
}
