// SPDX-License-Identifier: GPL-2.0-only
/*
 * pingpong futex|pipe N [RATE]: two threads on one CPU wake each other in turn, N times each. Every
 * wake-up is followed by a block, so each thread switches about N times, voluntarily; RATE times a
 * second at most, in bursts.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void require(int bad, const char *what)
{
	if (!bad)
		return;
	perror(what);
	exit(1);
}

#define BURST 100

static long rounds, rate;
static atomic_uint turn[2]; /* turn[i] counts the turns given to thread i */
static int fds[2][2];	    /* fds[i]: the pipe that gives thread i its turn */

static void futex_give(int to)
{
	atomic_fetch_add(&turn[to], 1);
	require(syscall(SYS_futex, &turn[to], FUTEX_WAKE_PRIVATE, 1, NULL) == -1, "FUTEX_WAKE");
}

static void futex_take(int me, unsigned int seen)
{
	while (atomic_load(&turn[me]) == seen)
		require(syscall(SYS_futex, &turn[me], FUTEX_WAIT_PRIVATE, seen, NULL) == -1 &&
				errno != EAGAIN && errno != EINTR,
			"FUTEX_WAIT");
}

static void pipe_give(int to)
{
	require(write(fds[to][1], "x", 1) != 1, "write");
}

static void pipe_take(int me, unsigned int seen)
{
	char c;

	(void)seen;
	require(read(fds[me][0], &c, 1) != 1, "read");
}

static const struct medium {
	const char *name;
	void (*give)(int to);
	void (*take)(int me, unsigned int seen);
} media[] = {{"futex", futex_give, futex_take}, {"pipe", pipe_give, pipe_take}};

static const struct medium *medium;

/* Until that many rounds are due. */
static void pace(long done)
{
	static struct timespec start;
	struct timespec due;
	long long ns;

	if (!rate || done % BURST)
		return;
	if (!done)
		clock_gettime(CLOCK_MONOTONIC, &start);
	ns = start.tv_nsec + done * 1000000000LL / rate;
	due = (struct timespec){start.tv_sec + ns / 1000000000, ns % 1000000000};
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

static void *ping(void *arg)
{
	pthread_setname_np(pthread_self(), "ping");
	for (long i = 0; i < rounds; i++) {
		pace(i);
		medium->give(1);
		medium->take(0, (unsigned int)i);
	}
	return arg;
}

static void *pong(void *arg)
{
	pthread_setname_np(pthread_self(), "pong");
	for (long i = 0; i < rounds; i++) {
		medium->take(1, (unsigned int)i);
		medium->give(0);
	}
	return arg;
}

static void pin_to_one_cpu(void)
{
	cpu_set_t set;
	int cpu = 0;

	require(sched_getaffinity(0, sizeof(set), &set), "sched_getaffinity");
	while (!CPU_ISSET(cpu, &set))
		cpu++;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	require(sched_setaffinity(0, sizeof(set), &set), "sched_setaffinity");
}

int main(int argc, char **argv)
{
	pthread_t thread[2];
	char *end;

	for (size_t i = 0; argc >= 3 && argc <= 4 && i < sizeof(media) / sizeof(media[0]); i++) {
		if (!strcmp(argv[1], media[i].name))
			medium = &media[i];
	}
	rounds = medium ? strtol(argv[2], &end, 10) : 0;
	rate = medium && argc == 4 ? strtol(argv[3], NULL, 10) : 0;
	if (rounds < 1 || *end || rounds > 100000000 || rate < 0) {
		fprintf(stderr, "usage: pingpong futex|pipe N [RATE]\n");
		return 2;
	}
	require(pipe(fds[0]) || pipe(fds[1]), "pipe");
	pin_to_one_cpu();
	require(pthread_create(&thread[0], NULL, ping, NULL), "pthread_create");
	require(pthread_create(&thread[1], NULL, pong, NULL), "pthread_create");
	require(pthread_join(thread[0], NULL), "pthread_join");
	require(pthread_join(thread[1], NULL), "pthread_join");
	return 0;
}
