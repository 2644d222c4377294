// SPDX-License-Identifier: GPL-2.0-only
/*
 * load NAME SECONDS: does one thing over and over, and prints on one line what it cost:
 *   load: name=NAME ops=N wall_ns=N cpu_ns=N vol=N inv=N
 * cpu_ns, vol and inv are the kernel's own counts of this program's CPU time and context
 * switches, so what a recorder adds to a switch or a system call shows in cpu_ns per operation.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_WORKERS 16
#define NS_PER_S     1000000000ULL
#define BATCH	     64 /* operations between two looks at the clock */

/* What all workers share, also where they are processes. */
struct board {
	_Alignas(64) atomic_bool stop;
	_Alignas(64) atomic_ullong ops;
	_Alignas(64) atomic_uint turn[2]; /* futex ping-pong: turns given to each side */
};

struct load {
	const char *name;
	unsigned int workers;
	bool processes, one_cpu;
	uint64_t (*run)(unsigned int index); /* returns its operations */
};

static struct board *board;
static int to_side[2][2]; /* pipe ping-pong: to_side[i] gives side i its turn */
static pthread_mutex_t storm_lock = PTHREAD_MUTEX_INITIALIZER;

static void require(int bad, const char *what)
{
	if (!bad)
		return;
	perror(what);
	exit(1);
}

static bool stopped(void)
{
	return atomic_load_explicit(&board->stop, memory_order_relaxed);
}

static uint64_t spin(uint64_t x, unsigned int rounds)
{
	for (unsigned int i = 0; i < rounds; i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		__asm__ volatile("" : "+r"(x));
	}
	return x;
}

/* One operation is one hand-over: a block, a wake and a switch. 'q' ends the other side. */
static uint64_t pipe_pingpong(unsigned int me)
{
	int in = to_side[me][0], out = to_side[!me][1];
	uint64_t ops = 0;
	char c = 'x';

	if (me == 0)
		require(write(out, &c, 1) != 1, "write");
	for (;;) {
		require(read(in, &c, 1) != 1, "read");
		ops++;
		if (c == 'q')
			return ops;
		if (me == 0 && stopped())
			c = 'q';
		require(write(out, &c, 1) != 1, "write");
		if (c == 'q')
			return ops;
	}
}

static void give_turn(unsigned int side)
{
	atomic_fetch_add(&board->turn[side], 1);
	require(syscall(SYS_futex, &board->turn[side], FUTEX_WAKE_PRIVATE, 1, NULL) == -1,
		"FUTEX_WAKE");
}

static uint64_t futex_pingpong(unsigned int me)
{
	for (unsigned int turn = 0;; turn++) {
		if (me == 0)
			give_turn(1);
		while (atomic_load(&board->turn[me]) == turn)
			syscall(SYS_futex, &board->turn[me], FUTEX_WAIT_PRIVATE, turn, NULL);
		if (me == 1)
			give_turn(0);
		if (stopped()) {
			/* A turn too many for the other side, so that it looks up and ends too. */
			give_turn(!me);
			return turn + 1;
		}
	}
}

static uint64_t mutex_storm(unsigned int me)
{
	uint64_t x = me, ops = 0;

	while (!stopped()) {
		require(pthread_mutex_lock(&storm_lock), "pthread_mutex_lock");
		x = spin(x, 500);
		require(pthread_mutex_unlock(&storm_lock), "pthread_mutex_unlock");
		x = spin(x, 500);
		ops++;
	}
	return ops;
}

/* The yield lets all others run into the lock that is held. */
static uint64_t yield_storm(unsigned int me)
{
	uint64_t ops = 0;

	(void)me;
	while (!stopped()) {
		require(pthread_mutex_lock(&storm_lock), "pthread_mutex_lock");
		sched_yield();
		require(pthread_mutex_unlock(&storm_lock), "pthread_mutex_unlock");
		ops++;
	}
	return ops;
}

/* The word has another value, so that the call returns at once. */
static uint64_t futex_again(unsigned int me)
{
	static atomic_uint word[MOST_WORKERS][16];
	uint64_t ops = 0;

	for (; !stopped(); ops += BATCH) {
		for (int i = 0; i < BATCH; i++)
			syscall(SYS_futex, &word[me][0], FUTEX_WAIT_PRIVATE, 1, NULL);
	}
	return ops;
}

static uint64_t getppid_loop(unsigned int me)
{
	uint64_t ops = 0;

	(void)me;
	for (; !stopped(); ops += BATCH) {
		for (int i = 0; i < BATCH; i++)
			syscall(SYS_getppid);
	}
	return ops;
}

static uint64_t cpu_loop(unsigned int me)
{
	uint64_t x = me, ops = 0;

	for (; !stopped(); ops += BATCH)
		x = spin(x, BATCH * 100);
	return ops;
}

static const struct load loads[] = {
	{"pipe-pingpong", 2, true, true, pipe_pingpong},
	{"futex-pingpong", 2, false, true, futex_pingpong},
	{"mutex-storm-4", 4, false, false, mutex_storm},
	{"mutex-storm-16", 16, false, false, mutex_storm},
	{"yield-storm-4", 4, false, true, yield_storm},
	{"futex-again", 1, false, false, futex_again},
	{"getppid", 1, false, false, getppid_loop},
	{"cpu", 1, false, false, cpu_loop},
};

#define NLOADS (sizeof(loads) / sizeof(loads[0]))

static const struct load *load;

static void *run_thread(void *arg)
{
	atomic_fetch_add(&board->ops, load->run((unsigned int)(uintptr_t)arg));
	return NULL;
}

static void run_workers(double seconds)
{
	struct timespec ts = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
	pthread_t thread[MOST_WORKERS];
	pid_t pid[MOST_WORKERS];
	int status;

	for (uintptr_t i = 0; i < load->workers; i++) {
		if (!load->processes) {
			require((errno = pthread_create(&thread[i], NULL, run_thread, (void *)i)),
				"pthread_create");
			continue;
		}
		pid[i] = fork();
		require(pid[i] == -1, "fork");
		if (!pid[i]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			run_thread((void *)i);
			_exit(0);
		}
	}
	while (nanosleep(&ts, &ts) == -1)
		require(errno != EINTR, "nanosleep");
	atomic_store(&board->stop, true);
	for (unsigned int i = 0; i < load->workers; i++) {
		if (!load->processes)
			require((errno = pthread_join(thread[i], NULL)), "pthread_join");
		else
			require(waitpid(pid[i], &status, 0) != pid[i] || status, "a worker");
	}
}

static void pin_to_one_cpu(void)
{
	cpu_set_t set;
	int cpu = CPU_SETSIZE - 1;

	require(sched_getaffinity(0, sizeof(set), &set), "sched_getaffinity");
	while (!CPU_ISSET(cpu, &set))
		cpu--;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	require(sched_setaffinity(0, sizeof(set), &set), "sched_setaffinity");
}

struct cost {
	uint64_t wall_ns, cpu_ns;
	long vol, inv;
};

static uint64_t timeval_ns(struct timeval tv)
{
	return (uint64_t)tv.tv_sec * NS_PER_S + (uint64_t)tv.tv_usec * 1000;
}

static struct cost cost_now(void)
{
	struct rusage self, children;
	struct timespec ts;
	struct cost cost;

	require(getrusage(RUSAGE_SELF, &self) || getrusage(RUSAGE_CHILDREN, &children),
		"getrusage");
	require(clock_gettime(CLOCK_MONOTONIC, &ts), "clock_gettime");
	cost.wall_ns = (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
	cost.cpu_ns = timeval_ns(self.ru_utime) + timeval_ns(self.ru_stime) +
		      timeval_ns(children.ru_utime) + timeval_ns(children.ru_stime);
	cost.vol = self.ru_nvcsw + children.ru_nvcsw;
	cost.inv = self.ru_nivcsw + children.ru_nivcsw;
	return cost;
}

static int usage(void)
{
	fprintf(stderr, "usage: load NAME SECONDS\nnames:");
	for (size_t i = 0; i < NLOADS; i++)
		fprintf(stderr, " %s", loads[i].name);
	fprintf(stderr, "\n");
	return 2;
}

int main(int argc, char **argv)
{
	double seconds = argc == 3 ? strtod(argv[2], NULL) : 0;
	struct cost from, to;

	for (size_t i = 0; argc == 3 && i < NLOADS; i++) {
		if (!strcmp(argv[1], loads[i].name))
			load = &loads[i];
	}
	if (!load || !(seconds > 0 && seconds <= 60))
		return usage();
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	require(board == MAP_FAILED, "mmap");
	require(pipe(to_side[0]) || pipe(to_side[1]), "pipe");
	if (load->one_cpu)
		pin_to_one_cpu();
	from = cost_now();
	run_workers(seconds);
	to = cost_now();
	printf("load: name=%s ops=%llu wall_ns=%llu cpu_ns=%llu vol=%ld inv=%ld\n", load->name,
	       atomic_load(&board->ops), (unsigned long long)(to.wall_ns - from.wall_ns),
	       (unsigned long long)(to.cpu_ns - from.cpu_ns), to.vol - from.vol, to.inv - from.inv);
	return 0;
}
