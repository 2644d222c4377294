// SPDX-License-Identifier: GPL-2.0-only
/*
 * spawner threads|fork|vfork|posix_spawn N [COMMAND]: starts N of them, one after the other, and
 * waits for each. Processes run the command, by default this program, which then does nothing.
 * With fork, N/2 of them (rounded down) do not exec.
 */
#include <errno.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char self[] = "/proc/self/exe", nothing[] = "nothing";
static char *command[] = {self, nothing, NULL};

static void require(int bad, const char *what)
{
	if (!bad)
		return;
	fprintf(stderr, "spawner: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void reap(pid_t pid)
{
	int status;

	require(pid == -1, "fork");
	require(waitpid(pid, &status, 0) != pid, "waitpid");
	require(!WIFEXITED(status) || WEXITSTATUS(status), "child");
}

static void *do_nothing(void *arg)
{
	return arg;
}

static void run_thread(long i)
{
	pthread_t thread;

	(void)i;
	errno = pthread_create(&thread, NULL, do_nothing, NULL);
	require(errno, "pthread_create");
	errno = pthread_join(thread, NULL);
	require(errno, "pthread_join");
}

static void run_fork(long i)
{
	pid_t pid = fork();

	if (!pid) {
		if (i % 2 == 0)
			execv(command[0], command);
		_exit(i % 2 == 0);
	}
	reap(pid);
}

static void run_vfork(long i)
{
	pid_t pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork) */

	(void)i;
	if (!pid) {
		execv(command[0], command);
		_exit(127);
	}
	reap(pid);
}

static void run_posix_spawn(long i)
{
	pid_t pid;

	(void)i;
	errno = posix_spawn(&pid, command[0], NULL, NULL, command, environ);
	require(errno, "posix_spawn");
	reap(pid);
}

static const struct kind {
	const char *name;
	void (*run)(long i);
} kinds[] = {
	{"threads", run_thread},
	{"fork", run_fork},
	{"vfork", run_vfork},
	{"posix_spawn", run_posix_spawn},
};

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], nothing))
		return 0;
	if (argc == 4)
		command[0] = argv[3];
	for (size_t i = 0; argc > 2 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(argv[1], kinds[i].name) != 0)
			continue;
		for (long n = 0; n < atol(argv[2]); n++)
			kinds[i].run(n);
		return 0;
	}
	fprintf(stderr, "usage: spawner threads|fork|vfork|posix_spawn N [COMMAND]\n");
	return 2;
}
