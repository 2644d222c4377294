// SPDX-License-Identifier: GPL-2.0-only
/*
 * execs: two ways to exec. First a child runs sh, which execs true. Then another thread than the
 * first execs: the process goes on under its pid with that thread alone, as sh that execs true.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void exec_sh(void)
{
	execl("/bin/sh", "sh", "-c", "exec true", (char *)NULL);
	perror("execl");
	_exit(1);
}

static void *exec_from_here(void *arg)
{
	pthread_setname_np(pthread_self(), "not-the-leader");
	exec_sh();
	return arg;
}

int main(void)
{
	pthread_t thread;
	int status, err;
	pid_t pid = fork();

	if (pid == -1) {
		perror("fork");
		return 1;
	}
	if (!pid)
		exec_sh();
	while (waitpid(pid, &status, 0) == -1) {
		if (errno != EINTR) {
			perror("waitpid");
			return 1;
		}
	}
	if (status)
		return 1;
	err = pthread_create(&thread, NULL, exec_from_here, NULL);
	if (err) {
		fprintf(stderr, "pthread_create: %s\n", strerror(err));
		return 1;
	}
	pthread_join(thread, NULL); /* never returns: the exec ends this thread */
	return 1;
}
