// SPDX-License-Identifier: GPL-2.0-only
#include "launch/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch/exec.h"
#include "launch/identity.h"
#include "launch/inherited.h"
#include "lib/error.h"

#define HOLES_MOST                                                                                 \
	32 /* free descriptors in a row: what we opened comes before, as the lowest free */

/*
 * One socket pair carries everything, as one int per message. We: 0 (fork the child). The starter:
 * a negative errno if it cannot; else the child: its pid, then 0 (ready) or a negative errno
 * (cannot become the user). We: 0 (go). The child: the negative errno of a failed exec. It is
 * close-on-exec, so end of file means that exec worked; and to the starter and the held child end
 * of file means that we are gone.
 */
struct launch {
	pid_t starter; /* -1 = none, or gone */
	pid_t pid;
	int channel; /* -1 once it has done its work */
	int pidfd;
	bool held;
	bool reaped;
	const char *name; /* argv[0], the caller's */
	struct launch_exit exit;
};

/* Returns 1 for a message, 0 at end of file, or a negative errno. */
static int receive(int channel, int *value)
{
	ssize_t n;

	do {
		n = recv(channel, value, sizeof(*value), MSG_WAITALL);
	} while (n < 0 && errno == EINTR);
	/* A peer that died with our message unread gives a reset: gone all the same. */
	if (n < 0)
		return errno == ECONNRESET ? 0 : -errno;
	return n == sizeof(*value);
}

static int transmit(int channel, int value)
{
	return send(channel, &value, sizeof(value), MSG_NOSIGNAL) == sizeof(value) ? 0 : -errno;
}

static void run_child(char **argv, const struct identity *id, int channel)
{
	int value;

	transmit(channel, getpid());
	value = identity__assume(id);
	transmit(channel, value);
	if (value || receive(channel, &value) != 1)
		_exit(125);
	inherited__restore();
	transmit(channel, exec__run(argv));
	_exit(125);
}

/* What the command would not get anyway; among it the channels of others, whose end is a message.
 */
static void close_ours(int channel)
{
	int fd, flags, holes = 0;

	for (fd = STDERR_FILENO + 1; holes < HOLES_MOST; fd++) {
		flags = fcntl(fd, F_GETFD);
		holes = flags < 0 ? holes + 1 : 0;
		if (fd != channel && flags >= 0 && (flags & FD_CLOEXEC))
			close(fd);
	}
}

/* Its child is its own sister: our child, whose end we are told. */
static void run_starter(char **argv, const struct identity *id, int channel)
{
	sigset_t all;
	int value;

	close_ours(channel);
	sigfillset(&all); /* the child gets back what we inherited */
	sigprocmask(SIG_SETMASK, &all, NULL);
	if (receive(channel, &value) == 1) {
		long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, 0UL);

		if (pid == 0)
			run_child(argv, id, channel);
		if (pid < 0)
			transmit(channel, -errno);
	}
	_exit(0);
}

static void reap_starter(struct launch *l)
{
	while (l->starter > 0 && waitpid(l->starter, NULL, 0) < 0 && errno == EINTR)
		;
	l->starter = -1;
}

static void reap_waiting(struct launch *l)
{
	if (l->pid <= 0 || l->reaped)
		return;
	while (waitpid(l->pid, NULL, 0) < 0 && errno == EINTR)
		;
	l->reaped = true;
}

static void close_channel(struct launch *l)
{
	if (l->channel >= 0)
		close(l->channel);
	l->channel = -1;
}

static int fork_starter(struct launch *l, char **argv, const struct identity *id, struct error *err)
{
	/* With SIGCHLD ignored the kernel throws exit codes away. */
	const struct sigaction keep_children = {.sa_handler = SIG_DFL};
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return error__errno(err, -errno, "cannot start the command");
	sigaction(SIGCHLD, &keep_children, NULL);
	l->starter = fork();
	if (l->starter == 0) {
		close(pair[0]);
		run_starter(argv, id, pair[1]);
	}
	close(pair[1]);
	l->channel = pair[0];
	if (l->starter < 0)
		return error__errno(err, -errno, "cannot start the command");
	return 0;
}

int launch__prepare(const struct launch_options *opts, struct launch **out, struct error *err)
{
	struct identity *id = NULL;
	struct launch *l;
	int rc = 0;

	*out = NULL;
	l = calloc(1, sizeof(*l));
	if (!l)
		return error__errno(err, -ENOMEM, "cannot start the command");
	l->starter = l->pid = -1;
	l->channel = -1;
	l->pidfd = -1;
	l->name = opts->argv[0];
	if (!opts->as_root)
		rc = identity__find(&id, err);
	if (!rc)
		rc = fork_starter(l, opts->argv, id, err);
	identity__free(id);
	if (rc) {
		launch__free(l);
		return rc;
	}
	*out = l;
	return 0;
}

pid_t launch__starter(const struct launch *l)
{
	return l->starter;
}

/* Returns 0, or a negative errno with err filled. */
static int await_birth(struct launch *l, struct error *err)
{
	int value = 0, rc = receive(l->channel, &value);

	if (rc == 1 && value > 0) {
		l->pid = value;
		l->held = true;
		l->pidfd = (int)syscall(SYS_pidfd_open, l->pid, 0);
		return 0;
	}
	if (rc == 1)
		return error__errno(err, value, "cannot start the command");
	return error__set(err, rc ? rc : -ECHILD, "the command's process ended before it began");
}

static int await_ready(struct launch *l, struct error *err)
{
	int value = 0, rc = receive(l->channel, &value);

	if (rc == 1 && value == 0)
		return 0;
	if (rc == 1)
		return error__errno(err, value,
				    "cannot run the command as the user who called sudo "
				    "(--as-root runs it as root)");
	return error__set(err, rc ? rc : -ECHILD, "the command's process ended before it began");
}

int launch__start(struct launch *l, struct error *err)
{
	int rc = transmit(l->channel, 0);

	if (rc)
		return error__errno(err, rc, "cannot start the command");
	rc = await_birth(l, err);
	reap_starter(l);
	return rc ? rc : await_ready(l, err);
}

int launch__release(struct launch *l, struct error *err)
{
	int value = 0, rc;

	if (!l->held)
		return error__set(err, -EALREADY, "the command was started before");
	l->held = false;
	rc = transmit(l->channel, 0);
	if (!rc)
		rc = receive(l->channel, &value);
	close_channel(l);
	/* End of file: it runs the command now, or was killed on the way, which reap will tell. */
	if (rc == 0 || rc == -EPIPE)
		return 0;
	reap_waiting(l);
	if (rc < 0)
		return error__errno(err, rc, "cannot start '%s'", l->name);
	if (value == -ENOENT)
		return error__set(err, value, "'%s': command not found", l->name);
	if (value == EXEC_NO_INTERPRETER)
		return error__set(err, -ENOENT, "'%s': its interpreter was not found", l->name);
	return error__errno(err, value, "'%s' cannot be executed", l->name);
}

pid_t launch__pid(const struct launch *l)
{
	return l->pid;
}

int launch__pidfd(const struct launch *l)
{
	return l->pidfd;
}

int launch__reap(struct launch *l, struct launch_exit *out)
{
	int status;
	pid_t pid;

	if (!l->reaped) {
		pid = waitpid(l->pid, &status, WNOHANG);
		if (pid < 0 && errno != EINTR)
			return -errno;
		if (pid == l->pid) {
			l->reaped = true;
			l->exit.ended = true;
			l->exit.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
			l->exit.code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
		}
	}
	*out = l->exit;
	return 0;
}

int launch__signal(struct launch *l, int signo)
{
	/* Until it is reaped the pid is nobody else's. */
	if (l->reaped)
		return -ESRCH;
	return kill(l->pid, signo) ? -errno : 0;
}

void launch__free(struct launch *l)
{
	if (!l)
		return;
	close_channel(l);
	reap_starter(l);
	if (l->held) {
		kill(l->pid, SIGKILL);
		reap_waiting(l);
	}
	if (l->pidfd >= 0)
		close(l->pidfd);
	free(l);
}
