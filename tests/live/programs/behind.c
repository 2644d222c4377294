// SPDX-License-Identifier: GPL-2.0-only
/*
 * behind MODE N [DIR]: threads wait for one that is held up itself, N times; what it is held up by
 * is known. compute N     the holder of the lock computes, in churn() sleep N       it sleeps while
 * it holds the lock disk N DIR    it writes to a file in DIR and syncs it while it holds the lock
 *   chain N       a thread waits for a lock whose holder waits for another lock, whose holder
 * sleeps pipe N        main reads from a child process through a pipe; the child computes, in
 * churn()
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HOLD_NS	   10000000
#define DISK_BYTES (256 << 10)

static pthread_mutex_t outer_lock = PTHREAD_MUTEX_INITIALIZER,
		       inner_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t ready;
static int rounds, fd;
static void (*held_up)(void);

static void require(int bad, const char *what)
{
	if (!bad)
		return;
	fprintf(stderr, "behind: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

__attribute__((noipa)) static void churn(void)
{
	uint64_t until = now_ns(CLOCK_THREAD_CPUTIME_ID) + HOLD_NS;

	while (now_ns(CLOCK_THREAD_CPUTIME_ID) < until)
		;
}

static void nap(void)
{
	struct timespec ts = {.tv_nsec = HOLD_NS};

	require(nanosleep(&ts, NULL), "nanosleep");
}

static void sync_file(void)
{
	static char data[DISK_BYTES];
	int i;

	for (i = 0; i < 4; i++) {
		require(pwrite(fd, data, sizeof(data), 0) != sizeof(data), "pwrite");
		require(fsync(fd), "fsync");
	}
}

/* Meets the others, then does it with the lock; those behind it come a little later. */
static void *holder(void *lock)
{
	int i;

	prctl(PR_SET_NAME, "holder");
	for (i = 0; i < rounds; i++) {
		pthread_mutex_lock(lock);
		pthread_barrier_wait(&ready);
		held_up();
		pthread_mutex_unlock(lock);
		pthread_barrier_wait(&ready);
	}
	return NULL;
}

static void *waiter(void *lock)
{
	int i;

	prctl(PR_SET_NAME, "waiter");
	for (i = 0; i < rounds; i++) {
		pthread_barrier_wait(&ready);
		pthread_mutex_lock(lock);
		pthread_mutex_unlock(lock);
		pthread_barrier_wait(&ready);
	}
	return NULL;
}

/* Has one lock, and waits for the other. */
static void *between(void *arg)
{
	int i;

	(void)arg;
	prctl(PR_SET_NAME, "between");
	for (i = 0; i < rounds; i++) {
		pthread_mutex_lock(&outer_lock);
		pthread_barrier_wait(&ready);
		pthread_mutex_lock(&inner_lock);
		pthread_mutex_unlock(&inner_lock);
		pthread_mutex_unlock(&outer_lock);
		pthread_barrier_wait(&ready);
	}
	return NULL;
}

static void run_threads(int chain)
{
	void *(*const mains[])(void *) = {holder, chain ? between : waiter, waiter};
	pthread_mutex_t *const locks[] = {&inner_lock, chain ? NULL : &inner_lock,
					  chain ? &outer_lock : &inner_lock};
	pthread_t threads[3];
	int i;

	pthread_barrier_init(&ready, NULL, 3);
	for (i = 0; i < 3; i++)
		require(pthread_create(&threads[i], NULL, mains[i], locks[i]), "pthread_create");
	for (i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
}

static void run_pipe(void)
{
	int ends[2], i;
	char byte = 0;
	pid_t pid;

	require(pipe(ends), "pipe");
	pid = fork();
	require(pid < 0, "fork");
	if (!pid) {
		prctl(PR_SET_NAME, "child");
		for (i = 0; i < rounds; i++) {
			churn();
			require(write(ends[1], &byte, 1) != 1, "write");
		}
		_exit(0);
	}
	for (i = 0; i < rounds; i++)
		require(read(ends[0], &byte, 1) != 1, "read");
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	const char *mode = argc > 2 ? argv[1] : "";
	char path[4096];

	rounds = argc > 2 ? atoi(argv[2]) : 0;
	held_up = !strcmp(mode, "compute") ? churn : !strcmp(mode, "disk") ? sync_file : nap;
	if (!strcmp(mode, "disk") && argc == 4) {
		snprintf(path, sizeof(path), "%s/behind.tmp", argv[3]);
		fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
		require(fd < 0, path);
		unlink(path);
	} else if (argc != 3) {
		fprintf(stderr, "usage: behind compute|sleep|chain|pipe N, behind disk N DIR\n");
		return 2;
	}
	if (!strcmp(mode, "pipe"))
		run_pipe();
	else
		run_threads(!strcmp(mode, "chain"));
	return 0;
}
