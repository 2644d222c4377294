// SPDX-License-Identifier: GPL-2.0-only
/* Programs whose critical path is known: see test_critical_path.py. */
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MS    1000000ull
#define LINKS 4 /* of the chain */
#define ITEMS 40

static void name(const char *comm)
{
	prctl(PR_SET_NAME, comm);
}

/* So much CPU time of its own. */
__attribute__((noinline)) static void compute(uint64_t ns)
{
	struct timespec t;
	uint64_t now, end = 0;

	do {
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
		now = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
		end = end ? end : now + ns;
	} while (now < end);
}

static void *long_worker(void *arg)
{
	(void)arg;
	name("long");
	compute(200 * MS);
	return NULL;
}

static void *short_worker(void *arg)
{
	(void)arg;
	name("short");
	compute(10 * MS);
	return NULL;
}

/* One of three workers takes far longer. */
static void fork_and_join(void)
{
	pthread_t threads[3];
	int i;

	for (i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, i == 1 ? long_worker : short_worker, NULL);
	for (i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t passed[LINKS] = {PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER,
				       PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER};
static int turn;

static void *link_of_chain(void *arg)
{
	int me = (int)(intptr_t)arg;
	char comm[16];

	snprintf(comm, sizeof(comm), "link-%d", me);
	name(comm);
	pthread_mutex_lock(&lock);
	while (turn != me)
		pthread_cond_wait(&passed[me], &lock);
	pthread_mutex_unlock(&lock);
	compute(40 * MS);
	pthread_mutex_lock(&lock);
	turn++;
	if (turn < LINKS)
		pthread_cond_signal(&passed[turn]);
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* Each computes, then lets the next one: whichever began first. */
static void chain(void)
{
	pthread_t threads[LINKS];
	int i;

	for (i = LINKS; i--;)
		pthread_create(&threads[i], NULL, link_of_chain, (void *)(intptr_t)i);
	for (i = LINKS; i--;)
		pthread_join(threads[i], NULL);
}

static void pass_on(int from, int to, uint64_t ns)
{
	char c = 0;
	int i;

	for (i = 0; i < ITEMS; i++) {
		if (from >= 0 && read(from, &c, 1) != 1)
			_exit(1);
		compute(ns);
		if (to >= 0 && write(to, &c, 1) != 1)
			_exit(1);
	}
	_exit(0);
}

static void start_stage(const char *comm, int from, int to, uint64_t ns)
{
	if (fork())
		return;
	name(comm);
	pass_on(from, to, ns);
}

static void await_children(void)
{
	while (wait(NULL) > 0)
		;
}

/* Of three processes, the middle one is slow. */
static void pipeline(void)
{
	int a[2], b[2];

	if (pipe(a) || pipe(b))
		exit(1);
	start_stage("source", -1, a[1], MS / 10);
	start_stage("slow", a[0], b[1], 5 * MS);
	start_stage("sink", b[0], -1, MS / 10);
	await_children();
}

/* On the nth of the CPUs that there are, so that who is woken does not push its waker aside. */
static void stay_on(int n)
{
	cpu_set_t all, one;
	int cpu;

	if (sched_getaffinity(0, sizeof(all), &all))
		exit(1);
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all) || n--)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		return;
	}
}

static void pong(int from, int to)
{
	char c = 0;

	name("pong");
	stay_on(1);
	while (read(from, &c, 1) == 1 && c < ITEMS) {
		compute(MS);
		if (write(to, &c, 1) != 1)
			_exit(1);
	}
	_exit(0);
}

/* Two processes that serve each other by turns: each reads from the first, writes to the second. */
static void play(const int ping_ends[2], const int pong_ends[2])
{
	char c;

	if (!fork())
		pong(pong_ends[0], pong_ends[1]);
	name("ping");
	stay_on(0);
	for (c = 0; c < ITEMS; c++) {
		compute(MS);
		if (write(ping_ends[1], &c, 1) != 1 || read(ping_ends[0], &c, 1) != 1)
			exit(1);
	}
	if (write(ping_ends[1], &c, 1) != 1)
		exit(1);
	await_children();
}

static void over_pipes(void)
{
	int there[2], back[2];

	if (pipe(there) || pipe(back))
		exit(1);
	play((int[]){back[0], there[1]}, (int[]){there[0], back[1]});
}

static void over_sockets(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		exit(1);
	play((int[]){ends[0], ends[0]}, (int[]){ends[1], ends[1]});
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} ways[] = {
		{"join", fork_and_join}, {"chain", chain},	    {"pipeline", pipeline},
		{"pipes", over_pipes},	 {"sockets", over_sockets},
	};
	size_t i;

	for (i = 0; argc == 2 && i < sizeof(ways) / sizeof(*ways); i++) {
		if (strcmp(argv[1], ways[i].name) != 0)
			continue;
		ways[i].run();
		return 0;
	}
	fprintf(stderr, "ways join|chain|pipeline|pipes|sockets\n");
	return 2;
}
