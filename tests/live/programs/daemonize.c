// SPDX-License-Identifier: GPL-2.0-only
/*
 * daemonize FILE: becomes a daemon (fork, setsid, fork); the grandchild computes for 50 ms,
 * writes its tid to FILE.tmp, renames that to FILE, and ends. The first process ends at once.
 */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define COMPUTE_NS 50000000ULL

static void require(int bad, const char *what)
{
	if (!bad)
		return;
	perror(what);
	_exit(1);
}

static void compute(void)
{
	struct timespec ts;

	do {
		require(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts), "clock_gettime");
	} while ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec < COMPUTE_NS);
}

/* Under its final name the file is complete. */
static void write_tid(const char *file)
{
	char tmp[PATH_MAX];
	FILE *out;

	require(snprintf(tmp, sizeof(tmp), "%s.tmp", file) >= (int)sizeof(tmp), "file name");
	out = fopen(tmp, "we");
	require(!out, tmp);
	require(fprintf(out, "%d\n", gettid()) < 0, tmp);
	require(fclose(out), tmp);
	require(rename(tmp, file), file);
}

int main(int argc, char **argv)
{
	pid_t pid;

	if (argc != 2) {
		fprintf(stderr, "usage: daemonize FILE\n");
		return 2;
	}
	pid = fork();
	require(pid == -1, "fork");
	if (pid)
		_exit(0);
	require(setsid() == -1, "setsid");
	pid = fork();
	require(pid == -1, "fork");
	if (pid)
		_exit(0);
	compute();
	write_tid(argv[1]);
	return 0;
}
