// SPDX-License-Identifier: GPL-2.0-only
/*
 * reactor: an event loop on epoll. What becomes ready joins a queue, and in each turn the task runs
 * that has waited longest.
 *
 * What a profiler should find: one question of a hundred takes long, and the loop thread computes
 * in long_callback() meanwhile: all other clients wait for it. With --fixed a helper thread does
 * that, and the loop's turns stay short.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/compute.h"
#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/options.h"
#include "lib/run.h"
#include "lib/service.h"

#define MOST 64 /* events at a time */

struct reactor {
	struct service *service;
	unsigned int n, open; /* connections */
	int epoll;
	unsigned int *queue; /* of connections that are ready, n at most */
	bool *queued;
	unsigned int first, count;
};

static FRAME void wait_for_events(struct reactor *r)
{
	struct epoll_event ev[MOST];
	int n = epoll_wait(r->epoll, ev, MOST, r->count ? 0 : -1);

	if (n == -1 && errno != EINTR)
		fail("epoll_wait", errno);
	for (int i = 0; i < n; i++) {
		unsigned int conn = ev[i].data.u32;

		if (r->queued[conn])
			continue;
		r->queued[conn] = true;
		r->queue[(r->first + r->count++) % r->n] = conn;
	}
}

static FRAME void run_task(struct reactor *r, unsigned int conn)
{
	int fd = service__fd(r->service, conn);
	uint64_t question, answer;
	ssize_t n = check_errno(read(fd, &question, sizeof(question)), "read");

	if (!n) {
		check_errno(epoll_ctl(r->epoll, EPOLL_CTL_DEL, fd, NULL), "epoll_ctl");
		r->open--;
		return;
	}
	if (service__call(r->service, conn, question, &answer))
		check_errno(write(fd, &answer, sizeof(answer)), "write");
}

static void loop(void *arg, unsigned int index)
{
	struct reactor *r = arg;

	(void)index;
	while (r->open) {
		unsigned int conn;

		wait_for_events(r);
		if (!r->count)
			continue;
		conn = r->queue[r->first];
		r->first = (r->first + 1) % r->n;
		r->count--;
		r->queued[conn] = false;
		run_task(r, conn);
	}
}

static void reactor__init(struct reactor *r)
{
	r->open = r->n;
	r->queue = calloc(r->n, sizeof(*r->queue));
	r->queued = calloc(r->n, sizeof(*r->queued));
	if (!r->queue || !r->queued)
		fail("memory", ENOMEM);
	r->epoll = (int)check_errno(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	for (unsigned int i = 0; i < r->n; i++) {
		struct epoll_event ev = {.events = EPOLLIN, .data.u32 = i};

		check_errno(epoll_ctl(r->epoll, EPOLL_CTL_ADD, service__fd(r->service, i), &ev),
			    "epoll_ctl");
	}
}

int main(int argc, char **argv)
{
	struct load load = {.seconds = 1.0, .workers = 8};
	struct service_how how = SERVICE_HOW;
	struct reactor r = {0};
	struct run *run;
	const struct option_row rows[] = {SERVICE_OPTIONS(&how)};
	const struct options opts = {"reactor", "questions", rows, sizeof(rows) / sizeof(*rows)};
	int code = options__parse(&opts, &load, argc, argv);

	if (code != OPTIONS_RUN)
		return code;
	r.n = (unsigned int)load.workers;
	run = run__start(&load);
	r.service = service__start(run, r.n, &how);
	reactor__init(&r);
	crew__join(crew__threads("loop", 1, loop, &r));
	service__stop(r.service, "reactor");
	close(r.epoll);
	free(r.queue);
	free(r.queued);
	return run__finish(run, "reactor", r.n);
}
