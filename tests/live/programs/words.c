// SPDX-License-Identifier: GPL-2.0-only
/*
 * words private THREADS N: each thread waits N times, each time at another futex word.
 * words shared DIR FILES: two processes wait at one word in each of so many files that they share.
 * Nobody wakes them: they wait for a very short time.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_THREADS 64
#define WAIT_NS	     20000 /* long enough to sleep */

static uint32_t *words;
static long words_each;

static void require(int bad, const char *what)
{
	if (!bad)
		return;
	fprintf(stderr, "words: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void wait_at(uint32_t *word, int op)
{
	struct timespec ts = {.tv_nsec = WAIT_NS};

	require(syscall(SYS_futex, word, op, 0, &ts, NULL, 0) == 0 || errno != ETIMEDOUT, "futex");
}

static void *wait_often(void *arg)
{
	long first = (long)(intptr_t)arg * words_each;

	require(prctl(PR_SET_TIMERSLACK, 1), "prctl"); /* to wait no longer than asked */
	for (long i = 0; i < words_each; i++)
		wait_at(&words[first + i], FUTEX_WAIT_PRIVATE);
	return NULL;
}

static void run_private(long threads, long n)
{
	size_t bytes = (size_t)(threads * n) * sizeof(*words);
	pthread_t thread[MOST_THREADS];

	require(threads > MOST_THREADS, "threads");
	words_each = n;
	words = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	require(words == MAP_FAILED, "mmap");
	for (long i = 0; i < threads; i++) {
		errno = pthread_create(&thread[i], NULL, wait_often, (void *)(intptr_t)i);
		require(errno, "pthread_create");
	}
	for (long i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
}

static void wait_in_file(const char *directory, long i)
{
	char path[4096];
	uint32_t *word;
	int fd;

	snprintf(path, sizeof(path), "%s/file-%ld", directory, i);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	require(fd == -1 || ftruncate(fd, 4096), path);
	word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	require(word == MAP_FAILED, "mmap");
	wait_at(word, FUTEX_WAIT);
	munmap(word, 4096);
	close(fd);
}

static void run_shared(const char *directory, long files)
{
	pid_t pid = fork();
	int status;

	require(pid == -1, "fork");
	for (long i = 0; i < files; i++)
		wait_in_file(directory, i);
	if (!pid)
		_exit(0);
	require(waitpid(pid, &status, 0) != pid || status, "waitpid");
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "private")) {
		run_private(atol(argv[2]), atol(argv[3]));
	} else if (argc == 4 && !strcmp(argv[1], "shared")) {
		run_shared(argv[2], atol(argv[3]));
	} else {
		fprintf(stderr, "usage: words private THREADS N | shared DIR FILES\n");
		return 2;
	}
	return 0;
}
