// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/signals.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cmd/clock.h"
#include "lib/error.h"

#define ECHO_NS 20000000ull

struct signals {
	int fd;
	sigset_t set;
	int last_signo;
	uint64_t last_ns;
};

static const struct {
	int signo;
	bool asks_to_end;
} handled[] = {
	{SIGINT, true},
	{SIGTERM, true},
	{SIGHUP, false},
	{SIGQUIT, false},
};

#define HANDLED (sizeof(handled) / sizeof(handled[0]))

int signals__open(struct signals **out, struct error *err)
{
	struct signals *s = calloc(1, sizeof(*s));
	size_t i;
	int rc;

	*out = NULL;
	if (!s)
		return error__errno(err, -ENOMEM, "cannot receive signals");
	sigemptyset(&s->set);
	for (i = 0; i < HANDLED; i++)
		sigaddset(&s->set, handled[i].signo);
	s->fd = signalfd(-1, &s->set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->fd < 0 || sigprocmask(SIG_BLOCK, &s->set, NULL)) {
		rc = -errno;
		signals__close(s);
		return error__errno(err, rc, "cannot receive signals");
	}
	*out = s;
	return 0;
}

int signals__add(struct signals *s, int signo)
{
	sigaddset(&s->set, signo);
	if (signalfd(s->fd, &s->set, 0) < 0 || sigprocmask(SIG_BLOCK, &s->set, NULL))
		return -errno;
	return 0;
}

void signals__close(struct signals *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

int signals__fd(const struct signals *s)
{
	return s->fd;
}

static bool asks_to_end(int signo)
{
	size_t i;

	for (i = 0; i < HANDLED; i++) {
		if (handled[i].signo == signo)
			return handled[i].asks_to_end;
	}
	return false;
}

bool signals__next(struct signals *s, struct signals_event *event)
{
	struct signalfd_siginfo info;

	while (read(s->fd, &info, sizeof(info)) == sizeof(info)) {
		uint64_t now = clock__monotonic();
		bool echo = (int)info.ssi_signo == s->last_signo && now - s->last_ns < ECHO_NS;

		s->last_signo = (int)info.ssi_signo;
		s->last_ns = now;
		if (echo)
			continue;
		event->signo = (int)info.ssi_signo;
		event->asks_to_end = asks_to_end(event->signo);
		event->ours_alone = info.ssi_code != SI_KERNEL;
		return true;
	}
	return false;
}

bool signals__attend(void *ctx, int fd)
{
	struct signals *s = ctx;
	struct pollfd fds[] = {{.fd = s->fd, .events = POLLIN}, {.fd = fd, .events = POLLIN}};

	poll(fds, 2, -1);
	return signals__any(s);
}

bool signals__any(void *ctx)
{
	struct signals_event event;
	bool any = false;

	while (signals__next(ctx, &event))
		any = true;
	return any;
}
