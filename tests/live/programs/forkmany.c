// SPDX-License-Identifier: GPL-2.0-only
/*
 * forkmany N: forks N children, at most 64 alive at a time, that exit at once; waits for all.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_ALIVE 64

static int reap_one(void)
{
	int status;
	pid_t pid;

	do {
		pid = wait(&status);
	} while (pid == -1 && errno == EINTR);
	if (pid == -1) {
		perror("wait");
		return -1;
	}
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -1;
}

static int fork_many(long n)
{
	long alive = 0;

	for (long i = 0; i < n; i++) {
		pid_t pid;

		if (alive == MOST_ALIVE) {
			if (reap_one())
				return 1;
			alive--;
		}
		pid = fork();
		if (pid == -1) {
			perror("fork");
			return 1;
		}
		if (!pid)
			_exit(0);
		alive++;
	}
	while (alive--) {
		if (reap_one())
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	char *end;
	long n = argc == 2 ? strtol(argv[1], &end, 10) : 0;

	if (n < 1 || *end || n > 1000000) {
		fprintf(stderr, "usage: forkmany N\n");
		return 2;
	}
	return fork_many(n);
}
