// SPDX-License-Identifier: GPL-2.0-only
/*
 * killat CALL*K+N COMMAND [ARG...]: runs COMMAND until its first thread has come to system call
 * number CALL and has made N more, and holds it there: "held PID" is printed on descriptor 2. When
 * a line comes on standard input it is killed (SIGKILL). With -1 it is only watched: a
 * program that is traced, as under a debugger. Ends with its exit code, or 128 + the signal.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

struct place {
	long call, times, more;
};

static void require(int bad, const char *what)
{
	if (!bad)
		return;
	perror(what);
	exit(125);
}

static void hold_and_kill(pid_t pid)
{
	char line[16];

	fprintf(stderr, "held %d\n", pid);
	if (read(STDIN_FILENO, line, sizeof(line)) < 0)
		perror("read");
	kill(pid, SIGKILL);
}

static bool arrived(pid_t pid, struct place *at)
{
	struct user_regs_struct regs;

	require(ptrace(PTRACE_GETREGS, pid, 0, &regs) != 0, "PTRACE_GETREGS");
	if (at->times > 0 && (long)regs.orig_rax == at->call)
		at->times--;
	return at->times == 0 && at->more-- == 0;
}

/* Returns the wait status with which it ended. */
static int watch(pid_t pid, struct place at)
{
	int status, signo = 0;
	bool inside = false;

	for (;;) {
		require(ptrace(PTRACE_SYSCALL, pid, 0, signo) != 0, "PTRACE_SYSCALL");
		require(waitpid(pid, &status, __WALL) != pid, "waitpid");
		if (!WIFSTOPPED(status))
			return status;
		signo = WSTOPSIG(status);
		if (signo == SIGTRAP) /* execve's */
			signo = 0;
		if (signo != (SIGTRAP | 0x80))
			continue;
		signo = 0;
		inside = !inside;
		if (!inside || !arrived(pid, &at))
			continue;
		hold_and_kill(pid);
		require(waitpid(pid, &status, __WALL) != pid, "waitpid");
		return status;
	}
}

static pid_t start(char **argv)
{
	int status;
	pid_t pid = fork();

	require(pid < 0, "fork");
	if (!pid) {
		require(ptrace(PTRACE_TRACEME, 0, 0, 0) != 0, "PTRACE_TRACEME");
		raise(SIGSTOP);
		execvp(argv[0], argv);
		require(1, argv[0]);
	}
	require(waitpid(pid, &status, 0) != pid, "waitpid");
	require(ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC) != 0,
		"PTRACE_SETOPTIONS");
	return pid;
}

int main(int argc, char **argv)
{
	struct place at = {.times = 1};
	int status;

	if (argc < 3 || sscanf(argv[1], "%ld*%ld+%ld", &at.call, &at.times, &at.more) < 1) {
		fprintf(stderr, "usage: killat CALL*K+N COMMAND [ARG...]\n");
		return 125;
	}
	status = watch(start(argv + 2), at);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
