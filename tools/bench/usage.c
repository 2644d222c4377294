// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage COMMAND [ARG...]: runs it with its output dropped, and prints what it took:
 *   usage: wall_ns=N peak_bytes=N
 * A small program, because the kernel counts the memory that a process had before its exec: under
 * an interpreter nothing could be seen to take less than the interpreter. Exits as the command
 * does.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void require(int bad, const char *what)
{
	if (!bad)
		return;
	perror(what);
	_exit(125);
}

static unsigned long long now_ns(void)
{
	struct timespec ts;

	require(clock_gettime(CLOCK_MONOTONIC, &ts), "clock_gettime");
	return (unsigned long long)ts.tv_sec * 1000000000 + (unsigned long long)ts.tv_nsec;
}

static void run(char **argv)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	require(null == -1, "/dev/null");
	require(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
	require(dup2(null, STDIN_FILENO) == -1 || dup2(null, STDOUT_FILENO) == -1, "dup2");
	execvp(argv[0], argv);
	require(1, argv[0]);
}

int main(int argc, char **argv)
{
	unsigned long long start = now_ns();
	struct rusage used;
	int status;
	pid_t pid;

	if (argc < 2) {
		fprintf(stderr, "usage: usage COMMAND [ARG...]\n");
		return 2;
	}
	pid = fork();
	require(pid == -1, "fork");
	if (!pid)
		run(argv + 1);
	require(wait4(pid, &status, 0, &used) != pid, "wait4");
	printf("usage: wall_ns=%llu peak_bytes=%lld\n", now_ns() - start,
	       (long long)used.ru_maxrss * 1024);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
