// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/broker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/outlet.h"
#include "cmd/privilege.h"
#include "lib/error.h"

struct broker {
	int channel;
	pid_t pid;
};

static bool transfer(int channel, void *data, size_t len, bool send)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = send ? write(channel, (char *)data + done, len - done)
				 : read(channel, (char *)data + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

/* We hold neither their terminal nor their pipes: whoever reads them waits for the end of both. */
static void let_go(void)
{
	int fd, null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (fd = 0; fd <= STDERR_FILENO && null >= 0; fd++)
		dup2(null, fd);
}

static void serve(struct outlet *outlets, size_t count, int channel)
{
	unsigned int number;
	size_t i;

	while (transfer(channel, &number, sizeof(number), false)) {
		struct error err = {0};

		if (number >= count || !outlet__is_unnamed(&outlets[number]))
			error__set(&err, -EINVAL, "there is no such file to be named");
		else
			outlet__commit(&outlets[number], &err);
		if (!transfer(channel, &err, sizeof(err), true))
			break;
	}
	for (i = 0; i < count; i++)
		outlet__close(&outlets[i]);
}

static void run(struct outlet *outlets, size_t count, int channel)
{
	sigset_t all;

	/* It ends when we do, and not before. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	let_go();
	privilege__to_name_files();
	serve(outlets, count, channel);
	_exit(0);
}

int broker__start(struct outlet *outlets, size_t count, struct broker **out, struct error *err)
{
	const struct sigaction keep_children = {.sa_handler = SIG_DFL};
	bool needed = false;
	struct broker *b;
	int pair[2];
	size_t i;

	*out = NULL;
	for (i = 0; i < count; i++)
		needed |= outlet__is_unnamed(&outlets[i]);
	if (!needed)
		return 0;
	b = malloc(sizeof(*b));
	if (!b || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
		free(b);
		return error__errno(err, -errno, "cannot start a helper");
	}
	sigaction(SIGCHLD, &keep_children, NULL);
	b->pid = fork();
	if (b->pid == 0) {
		close(pair[0]);
		run(outlets, count, pair[1]);
	}
	close(pair[1]);
	b->channel = pair[0];
	if (b->pid < 0) {
		i = (size_t)errno;
		close(b->channel);
		free(b);
		return error__errno(err, -(int)i, "cannot start a helper");
	}
	for (i = 0; i < count; i++) {
		outlets[i].broker = b;
		outlets[i].number = (unsigned int)i;
	}
	*out = b;
	return 0;
}

int broker__name(struct broker *b, unsigned int number, struct error *err)
{
	struct error answer;

	if (!transfer(b->channel, &number, sizeof(number), true) ||
	    !transfer(b->channel, &answer, sizeof(answer), false))
		return error__set(err, -EPIPE, "cannot name a file: the helper has gone");
	if (answer.code)
		*err = answer;
	return answer.code;
}

void broker__end(struct broker *b)
{
	if (!b)
		return;
	close(b->channel);
	while (waitpid(b->pid, NULL, 0) < 0 && errno == EINTR)
		;
	free(b);
}
