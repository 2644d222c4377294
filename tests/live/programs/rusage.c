// SPDX-License-Identifier: GPL-2.0-only
/*
 * rusage: a mix of computing, sleeping, ping-pong and yielding. Each thread prints what the
 * kernel counted for it, as the last thing it does; main, last of all:
 *   name=NAME tid=N vol=N inv=N cpu_ns=N
 */
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define COMPUTE_NS 100000000ULL
#define SLEEPS	   50
#define ROUNDS	   2000
#define YIELDS	   2000

static void require(int bad, const char *what)
{
	if (!bad)
		return;
	perror(what);
	exit(1);
}

static uint64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	require(clock_gettime(id, &ts), "clock_gettime");
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* One write: lines of threads never mix, and stdio's lock adds no switches. */
static void print_counts(void)
{
	char name[16], line[160];
	struct rusage ru;
	int len;

	require(pthread_getname_np(pthread_self(), name, sizeof(name)), "pthread_getname_np");
	require(getrusage(RUSAGE_THREAD, &ru), "getrusage");
	len = snprintf(line, sizeof(line), "name=%s tid=%d vol=%ld inv=%ld cpu_ns=%llu\n", name,
		       gettid(), ru.ru_nvcsw, ru.ru_nivcsw,
		       (unsigned long long)clock_ns(CLOCK_THREAD_CPUTIME_ID));
	require(write(STDOUT_FILENO, line, (size_t)len) != len, "write");
}

static void compute(void)
{
	while (clock_ns(CLOCK_THREAD_CPUTIME_ID) < COMPUTE_NS)
		;
}

static void sleep_often(void)
{
	struct timespec ts = {.tv_nsec = 500000};

	for (int i = 0; i < SLEEPS; i++)
		nanosleep(&ts, NULL);
}

/* Both on one CPU: a yield switches only where there is somebody to yield to. */
static void yield_often(void)
{
	cpu_set_t set;
	int cpu = 0;

	require(sched_getaffinity(0, sizeof(set), &set), "sched_getaffinity");
	while (!CPU_ISSET(cpu, &set))
		cpu++;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	require(sched_setaffinity(0, sizeof(set), &set), "sched_setaffinity");
	for (int i = 0; i < YIELDS; i++)
		sched_yield();
}

static int to_pong[2], to_ping[2];

static void ping(void)
{
	char c = 0;

	for (int i = 0; i < ROUNDS; i++) {
		require(write(to_pong[1], &c, 1) != 1, "write");
		require(read(to_ping[0], &c, 1) != 1, "read");
	}
}

static void pong(void)
{
	char c;

	for (int i = 0; i < ROUNDS; i++) {
		require(read(to_pong[0], &c, 1) != 1, "read");
		require(write(to_ping[1], &c, 1) != 1, "write");
	}
}

static const struct part {
	const char *name;
	void (*run)(void);
} parts[] = {
	{"compute-1", compute}, {"compute-2", compute},	  {"sleep", sleep_often},   {"ping", ping},
	{"pong", pong},		{"yield-1", yield_often}, {"yield-2", yield_often},
};

#define NPARTS (sizeof(parts) / sizeof(parts[0]))

static void *run_part(void *arg)
{
	const struct part *part = arg;

	require(pthread_setname_np(pthread_self(), part->name), "pthread_setname_np");
	part->run();
	print_counts();
	return NULL;
}

int main(void)
{
	pthread_t thread[NPARTS];

	require(pipe(to_pong) || pipe(to_ping), "pipe");
	for (size_t i = 0; i < NPARTS; i++)
		require(pthread_create(&thread[i], NULL, run_part, (void *)&parts[i]),
			"pthread_create");
	for (size_t i = 0; i < NPARTS; i++)
		require(pthread_join(thread[i], NULL), "pthread_join");
	print_counts();
	return 0;
}
