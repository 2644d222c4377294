// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/error.h"

/* What both processes see. */
struct board {
	atomic_bool cancelled, answered;
	struct error answer;
};

bool apart__cancelled(void *a)
{
	struct board *board = a;

	return atomic_load(&board->cancelled);
}

static _Noreturn void run(const struct apart_work *work, struct board *board, pid_t parent)
{
	struct error err = {0};
	int code;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	code = work->run(work->ctx, board, &err);
	if (code)
		board->answer = err;
	board->answer.code = code;
	atomic_store(&board->answered, true);
	exit(0); /* which flushes, and looks for leaks in a build that does */
}

static bool is_over(int fd)
{
	struct pollfd poller = {.fd = fd, .events = POLLIN};

	return poll(&poller, 1, 0) > 0;
}

/* Returns wait()'s status. `fd` hangs up when the process has ended. */
static int attend(const struct apart_work *work, struct board *board, pid_t pid, int fd)
{
	int status = 0;

	while (!is_over(fd)) {
		if (!work->wait(work->wait_ctx, fd))
			continue;
		if (atomic_exchange(&board->cancelled, true))
			kill(pid, SIGKILL);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static int answer_of(const struct board *board, int status, struct error *err)
{
	if (WIFEXITED(status) && !WEXITSTATUS(status) && atomic_load(&board->answered)) {
		if (board->answer.code)
			error__set(err, board->answer.code, "%.*s",
				   (int)sizeof(board->answer.text) - 1, board->answer.text);
		return board->answer.code;
	}
	if (atomic_load(&board->cancelled))
		return error__set(err, -EINTR, "interrupted");
	if (WIFSIGNALED(status))
		return error__set(err, -ECHILD, "the analysis was ended by signal %d (%s)%s",
				  WTERMSIG(status), strsignal(WTERMSIG(status)),
				  WTERMSIG(status) == SIGKILL ? ": by somebody, or for its memory"
							      : "");
	return error__set(err, -ECHILD, "the analysis ended early, with exit code %d",
			  WEXITSTATUS(status));
}

/* Returns the process, and where its end shows; or a negative errno. */
static pid_t start(const struct apart_work *work, struct board *board, int *fd)
{
	const struct sigaction keep_children = {.sa_handler = SIG_DFL};
	pid_t parent = getpid(), pid;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	sigaction(SIGCHLD, &keep_children, NULL);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		run(work, board, parent);
	}
	if (pid < 0)
		pid = -errno;
	close(ends[1]);
	if (pid < 0)
		close(ends[0]);
	*fd = ends[0];
	return pid;
}

int apart__run(const struct apart_work *work, struct error *err)
{
	struct board *board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;
	int fd = -1, rc;

	if (board == MAP_FAILED)
		return error__errno(err, -errno, "cannot analyse");
	pid = start(work, board, &fd);
	if (pid < 0) {
		rc = error__errno(err, (int)pid, "cannot analyse");
	} else {
		rc = answer_of(board, attend(work, board, pid, fd), err);
		close(fd);
	}
	munmap(board, sizeof(*board));
	return rc;
}
