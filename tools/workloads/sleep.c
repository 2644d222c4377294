// SPDX-License-Identifier: GPL-2.0-only
/*
 * sleep: many tasks that do nothing but sleep, one after the other, in threads, in processes, or as
 * timers of one thread that waits for all of them in epoll_wait().
 *
 * What a profiler should find: with --mode sequential one thread sleeps in nap() all the time, and
 * the CPUs idle for it. The others sleep as long, but side by side. A sleeper takes no CPU time in
 * any of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/options.h"
#include "lib/run.h"

enum mode { MODE_SEQUENTIAL, MODE_THREADS, MODE_PROCS, MODE_TIMERS };

static const char *const modes[] = {"sequential", "threads", "procs", "timers", NULL};

struct sleepers {
	struct run *run;
	uint64_t ns;
};

struct timer {
	int fd;
	uint64_t op;
};

static __attribute__((noinline)) void nap(const struct sleepers *s, uint64_t op)
{
	sleep_ns(s->ns);
	run__add(s->run, 1, op + 1);
}

static void worker(void *arg, unsigned int index)
{
	const struct sleepers *s = arg;
	uint64_t op;

	(void)index;
	while (run__next(s->run, &op))
		nap(s, op);
}

static bool timer__set(struct timer *t, const struct sleepers *s)
{
	struct itimerspec at = {.it_value = {.tv_sec = (time_t)(s->ns / 1000000000),
					     .tv_nsec = (long)(s->ns % 1000000000)}};

	if (!run__next(s->run, &t->op))
		return false;
	check_errno(timerfd_settime(t->fd, 0, &at, NULL), "timerfd_settime");
	return true;
}

static bool timer__begin(struct timer *t, const struct sleepers *s, int epoll)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = t};

	t->fd = (int)check_errno(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), "timerfd_create");
	check_errno(epoll_ctl(epoll, EPOLL_CTL_ADD, t->fd, &ev), "epoll_ctl");
	return timer__set(t, s);
}

static void timer__rang(const struct timer *t, const struct sleepers *s)
{
	uint64_t times;

	check_errno(read(t->fd, &times, sizeof(times)), "read");
	run__add(s->run, 1, t->op + 1);
}

static __attribute__((noinline)) void event_loop(const struct sleepers *s, unsigned int n)
{
	struct timer *timers = calloc(n, sizeof(*timers));
	struct epoll_event ev[64];
	unsigned int i, begun = 0, active = 0;
	int epoll = (int)check_errno(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");

	if (!timers)
		fail("memory", ENOMEM);
	while (begun < n && timer__begin(&timers[begun++], s, epoll))
		active++;
	while (active) {
		int ready = epoll_wait(epoll, ev, 64, -1);

		if (ready == -1 && errno != EINTR)
			fail("epoll_wait", errno);
		for (int j = 0; j < ready; j++) {
			timer__rang(ev[j].data.ptr, s);
			active -= !timer__set(ev[j].data.ptr, s);
		}
	}
	for (i = 0; i < begun; i++)
		close(timers[i].fd);
	close(epoll);
	free(timers);
}

int main(int argc, char **argv)
{
	struct load load = {.work = 20, .workers = 20};
	struct sleepers s = {0};
	unsigned int mode = MODE_THREADS, n;
	uint64_t sleep_ms = 100;
	const struct option_row rows[] = {
		{.name = "mode", .choice = &mode, .choices = modes, .help = "how to sleep:"},
		{.name = "sleep-ms",
		 .count = &sleep_ms,
		 .min = 1,
		 .max = 60000,
		 .help = "how long each"},
	};
	const struct options opts = {"sleep", "sleeps", rows, 2};
	int code = options__parse(&opts, &load, argc, argv);

	if (code != OPTIONS_RUN)
		return code;
	if (mode == MODE_SEQUENTIAL)
		load.workers = 1;
	n = (unsigned int)load.workers;
	s.ns = sleep_ms * 1000000;
	s.run = run__start(&load);
	if (mode == MODE_SEQUENTIAL)
		worker(&s, 0);
	else if (mode == MODE_THREADS)
		crew__join(crew__threads("worker", n, worker, &s));
	else if (mode == MODE_PROCS)
		crew__join(crew__processes("worker", n, worker, &s));
	else
		event_loop(&s, n);
	return run__finish(s.run, "sleep", n);
}
