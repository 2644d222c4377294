// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/job.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#include "cmd/signals.h"
#include "launch/launch.h"
#include "lib/error.h"

#define NO_PIDFD_POLL_MS 10

struct job {
	struct signals *signals;
	struct launch *launch; /* NULL = no command */
	struct launch_exit exit;
	bool released;
	unsigned int asks, dumps;
	int last_signo;
};

int job__new(struct launch *launch, struct job **out, struct error *err)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct job *job = calloc(1, sizeof(*job));
	int rc;

	*out = NULL;
	if (!job) {
		launch__free(launch);
		return error__errno(err, -ENOMEM, "cannot record");
	}
	job->launch = launch;
	rc = signals__open(&job->signals, err);
	if (rc) {
		job__free(job);
		return rc;
	}
	/* The reader of our output may go away; the command and its trace must not suffer. */
	sigaction(SIGPIPE, &ignore, NULL);
	job->asks = 1;
	*out = job;
	return 0;
}

int job__take_dumps(struct job *job, struct error *err)
{
	int rc = signals__add(job->signals, SIGUSR2);

	return rc ? error__errno(err, rc, "cannot receive signals") : 0;
}

unsigned int job__dumps(const struct job *job)
{
	return job->dumps;
}

void job__free(struct job *job)
{
	if (!job)
		return;
	launch__free(job->launch);
	signals__close(job->signals);
	free(job);
}

pid_t job__starter(const struct job *job)
{
	return launch__starter(job->launch);
}

int job__start(struct job *job, struct error *err)
{
	int rc = launch__start(job->launch, err);

	if (!rc)
		job->asks = 0;
	return rc;
}

int job__release(struct job *job, struct error *err)
{
	int rc = launch__release(job->launch, err);

	job->released = rc == 0;
	return rc;
}

static bool take_signals(struct job *job)
{
	unsigned int before = job->asks;
	struct signals_event event;

	while (signals__next(job->signals, &event)) {
		if (event.signo == SIGUSR2) {
			job->dumps++;
			continue;
		}
		/* Where there is no command to take it, every one of them means: end. */
		if (event.asks_to_end || !job->launch) {
			job->asks++;
			job->last_signo = event.signo;
		}
		if (event.ours_alone && job__running(job))
			launch__signal(job->launch, event.signo);
	}
	return job->asks != before;
}

static void collect_exit(struct job *job)
{
	if (!job__running(job))
		return;
	/* Somebody else reaped it: that it ended is all we can know. */
	if (launch__reap(job->launch, &job->exit) < 0)
		job->exit = (struct launch_exit){.ended = true};
	if (job->exit.ended && !job->asks)
		job->asks = 1;
}

bool job__poll(struct job *job, int fd, int timeout_ms)
{
	struct pollfd fds[3] = {{.fd = signals__fd(job->signals), .events = POLLIN},
				{.fd = -1},
				{.fd = fd, .events = POLLIN}};
	bool asked = false;

	if (job__running(job)) {
		fds[1].fd = launch__pidfd(job->launch);
		fds[1].events = POLLIN;
		if (fds[1].fd < 0 && (timeout_ms < 0 || timeout_ms > NO_PIDFD_POLL_MS))
			timeout_ms = NO_PIDFD_POLL_MS;
	}
	if (poll(fds, 3, timeout_ms) > 0 && fds[0].revents)
		asked = take_signals(job);
	collect_exit(job);
	return asked;
}

bool job__attend(void *ctx, int fd)
{
	struct job *job = ctx;

	return job__poll(job, fd, -1) && (!job__running(job) || job->asks >= JOB_ASKS_GIVE_UP);
}

unsigned int job__asks(const struct job *job)
{
	return job->asks;
}

int job__asked_by(const struct job *job)
{
	return job->last_signo;
}

bool job__running(const struct job *job)
{
	return job->released && !job->exit.ended;
}

const struct launch_exit *job__exit(const struct job *job)
{
	return &job->exit;
}

int job__wait(struct job *job)
{
	while (job__running(job)) {
		if (job->asks >= JOB_ASKS_GIVE_UP)
			return 128 + job->last_signo;
		job__poll(job, -1, -1);
	}
	return job->exit.signal ? 128 + job->exit.signal : job->exit.code;
}
