// SPDX-License-Identifier: GPL-2.0-only
/*
 * download: many fetches from a server that takes its time to answer. The server is a child
 * process of this program, on the loopback interface.
 *
 * What a profiler should find: with --mode sequential one thread waits in recv() in fetch() for
 * one answer after the other, and all CPUs idle: the time is latency times fetches. With threads
 * or procs the same waits overlap, as many as there are workers; with epoll one thread waits for
 * all of them in epoll_wait(). No mode needs more than a small part of one CPU.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/options.h"
#include "lib/run.h"
#include "lib/server.h"

enum mode { MODE_SEQUENTIAL, MODE_THREADS, MODE_PROCS, MODE_EPOLL };

static const char *const modes[] = {"sequential", "threads", "procs", "epoll", NULL};

struct download {
	struct run *run;
	struct sockaddr_in address;
	unsigned int workers;
};

struct transfer {
	int fd;
	bool asked; /* epoll: the request is sent */
	uint64_t id, sum, bytes;
};

/* Returns false at the end of the answer. */
static bool transfer__receive(struct transfer *t)
{
	unsigned char buf[SERVER_BODY];
	ssize_t n = recv(t->fd, buf, sizeof(buf), 0);

	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return true;
	check_errno(n, "recv");
	for (ssize_t i = 0; i < n; i++)
		t->sum += buf[i];
	t->bytes += (uint64_t)n;
	return n > 0;
}

static void transfer__ask(struct transfer *t)
{
	if (send(t->fd, &t->id, sizeof(t->id), MSG_NOSIGNAL) != (ssize_t)sizeof(t->id))
		fail("send", errno);
	t->asked = true;
}

static void transfer__end(const struct transfer *t, struct run *run)
{
	close(t->fd);
	if (t->bytes != SERVER_BODY)
		fail("short answer", EPROTO);
	run__add(run, 1, t->sum);
}

static __attribute__((noinline)) void fetch(const struct download *d, uint64_t id)
{
	struct transfer t = {.id = id};

	t.fd = (int)check_errno(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
	check_errno(connect(t.fd, (const struct sockaddr *)&d->address, sizeof(d->address)),
		    "connect");
	transfer__ask(&t);
	while (transfer__receive(&t))
		;
	transfer__end(&t, d->run);
}

static void worker(void *arg, unsigned int index)
{
	const struct download *d = arg;
	uint64_t id;

	(void)index;
	while (run__next(d->run, &id))
		fetch(d, id);
}

/* Starts a fetch in `t`; its end shows as an event of the epoll set. */
static void begin_fetch(const struct download *d, int epoll, struct transfer *t, uint64_t id)
{
	struct epoll_event ev = {.events = EPOLLOUT, .data.ptr = t};

	*t = (struct transfer){.id = id};
	t->fd = (int)check_errno(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
				 "socket");
	if (connect(t->fd, (const struct sockaddr *)&d->address, sizeof(d->address)) &&
	    errno != EINPROGRESS)
		fail("connect", errno);
	check_errno(epoll_ctl(epoll, EPOLL_CTL_ADD, t->fd, &ev), "epoll_ctl");
}

/* Returns false when the fetch is complete. */
static bool handle_event(int epoll, struct transfer *t)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = t};

	if (t->asked)
		return transfer__receive(t);
	transfer__ask(t); /* connected, or this tells why not */
	check_errno(epoll_ctl(epoll, EPOLL_CTL_MOD, t->fd, &ev), "epoll_ctl");
	return true;
}

static __attribute__((noinline)) void event_loop(const struct download *d)
{
	struct transfer *transfers = calloc(d->workers, sizeof(*transfers));
	struct epoll_event ev[64];
	unsigned int active = 0;
	int epoll = (int)check_errno(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	uint64_t id;

	if (!transfers)
		fail("memory", ENOMEM);
	while (active < d->workers && run__next(d->run, &id))
		begin_fetch(d, epoll, &transfers[active++], id);
	while (active) {
		int n = epoll_wait(epoll, ev, 64, -1);

		if (n == -1 && errno != EINTR)
			fail("epoll_wait", errno);
		for (int i = 0; i < n; i++) {
			struct transfer *t = ev[i].data.ptr;

			if (handle_event(epoll, t))
				continue;
			transfer__end(t, d->run);
			if (run__next(d->run, &id))
				begin_fetch(d, epoll, t, id);
			else
				active--;
		}
	}
	close(epoll);
	free(transfers);
}

int main(int argc, char **argv)
{
	struct load load = {.work = 50, .workers = 8};
	struct server *server;
	struct download d = {0};
	unsigned int mode = MODE_SEQUENTIAL;
	uint64_t latency_ms = 20, fetches = 0;
	const struct option_row rows[] = {
		{.name = "mode", .choice = &mode, .choices = modes, .help = "how to wait:"},
		{.name = "latency-ms",
		 .count = &latency_ms,
		 .min = 0,
		 .max = 60000,
		 .help = "the server's time to answer"},
		{.name = "fetches",
		 .count = &fetches,
		 .min = 1,
		 .max = 1000000,
		 .help = "as --work"},
	};
	const struct options opts = {"download", "fetches", rows, 3};
	int code = options__parse(&opts, &load, argc, argv);

	if (code != OPTIONS_RUN)
		return code;
	if (fetches)
		load.work = fetches;
	if (mode == MODE_SEQUENTIAL)
		load.workers = 1;
	d.workers = (unsigned int)load.workers;
	server = server__start(latency_ms * 1000000);
	d.address = server__address(server);
	d.run = run__start(&load);
	if (mode == MODE_SEQUENTIAL)
		worker(&d, 0);
	else if (mode == MODE_THREADS)
		crew__join(crew__threads("worker", d.workers, worker, &d));
	else if (mode == MODE_PROCS)
		crew__join(crew__processes("worker", d.workers, worker, &d));
	else
		event_loop(&d);
	code = run__finish(d.run, "download", d.workers);
	server__stop(server);
	return code;
}
