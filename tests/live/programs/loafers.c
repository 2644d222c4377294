// SPDX-License-Identifier: GPL-2.0-only
/*
 * loafers HOW N MS: N threads, main included, for so many milliseconds. HOW is
 * busy: all compute
 * bound: all compute; halfway, each binds itself to CPU 0
 * freed: all compute, bound to CPU 0 by main before they begin; halfway, each frees itself
 * locked: one computes under one lock, the_lock, and the others wait for it
 * asleep: all sleep
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST 64

pthread_mutex_t the_lock = PTHREAD_MUTEX_INITIALIZER;

static const char *how;
static long long half, end;

static long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void compute(long long until)
{
	while (now() < until)
		;
}

static void bind_to(int first, int last)
{
	cpu_set_t set;
	int cpu;

	CPU_ZERO(&set);
	for (cpu = first; cpu <= last; cpu++)
		CPU_SET(cpu, &set);
	if (!sched_setaffinity(0, sizeof(set), &set))
		return;
	perror("loafers: sched_setaffinity");
	exit(1);
}

static void *loaf(void *arg)
{
	int locked = !strcmp(how, "locked");
	struct timespec ts = {(end - now()) / 1000000000LL, (end - now()) % 1000000000LL};

	if (!strcmp(how, "asleep"))
		nanosleep(&ts, NULL);
	if (locked)
		pthread_mutex_lock(&the_lock);
	compute(half);
	if (!strcmp(how, "bound"))
		bind_to(0, 0);
	if (!strcmp(how, "freed"))
		bind_to(0, CPU_SETSIZE - 1);
	compute(end);
	if (locked)
		pthread_mutex_unlock(&the_lock);
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t thread[MOST];
	int i, n = argc == 4 ? atoi(argv[2]) : 0;

	if (n < 1 || n > MOST) {
		fprintf(stderr, "usage: loafers busy|bound|freed|locked|asleep N MS\n");
		return 2;
	}
	how = argv[1];
	half = now() + atoi(argv[3]) * 500000LL;
	end = now() + atoi(argv[3]) * 1000000LL;
	if (!strcmp(how, "freed"))
		bind_to(0, 0);
	for (i = 1; i < n; i++)
		if (pthread_create(&thread[i], NULL, loaf, NULL))
			return 1;
	loaf(NULL);
	for (i = 1; i < n; i++)
		pthread_join(thread[i], NULL);
	return 0;
}
