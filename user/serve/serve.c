// SPDX-License-Identifier: GPL-2.0-only
#include "serve/serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/error.h"
#include "serve/client.h"

#define CLIENTS 16

struct serve {
	int fd;
	uint16_t port;
	struct client clients[CLIENTS];
};

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static int listen_on(uint16_t port)
{
	const struct sockaddr_in address = {.sin_family = AF_INET,
					    .sin_port = htons(port),
					    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), rc, one = 1;

	if (fd < 0)
		return -errno;
	/* Else the connections that ended a minute ago would keep the port. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) || listen(fd, CLIENTS)) {
		rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

int serve__open(uint16_t port, struct serve **out, struct error *err)
{
	struct serve *s = calloc(1, sizeof(*s));
	int rc;

	*out = NULL;
	if (!s)
		return error__errno(err, -ENOMEM, "cannot listen on 127.0.0.1:%u", port);
	s->port = port;
	s->fd = listen_on(port);
	if (s->fd < 0) {
		rc = s->fd;
		free(s);
		return error__errno(err, rc, "cannot listen on 127.0.0.1:%u", port);
	}
	*out = s;
	return 0;
}

void serve__close(struct serve *s)
{
	size_t i;

	if (!s)
		return;
	for (i = 0; i < CLIENTS; i++)
		client__end(&s->clients[i]);
	close(s->fd);
	free(s);
}

/* Where all places are taken the longest there goes, but who takes the file before others do. */
static struct client *find_place(struct serve *s)
{
	struct client *worst = &s->clients[0], *c;

	for (c = s->clients; c < s->clients + CLIENTS; c++) {
		if (c->state == CLIENT_FREE)
			return c;
		if (c->wants_file == worst->wants_file ? c->began_ns < worst->began_ns
						       : worst->wants_file)
			worst = c;
	}
	client__end(worst);
	return worst;
}

static int admit(struct serve *s, struct error *err)
{
	int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0) {
		client__begin(find_place(s), fd, now());
		return 0;
	}
	/* What went wrong with a connection is reported by accept, too: see its manual page. */
	if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS ||
	    errno == EBADF || errno == EINVAL)
		return error__errno(err, -errno, "cannot accept a connection on 127.0.0.1:%u",
				    s->port);
	return 0;
}

static int wait_for(struct serve *s, int stop_fd, uint64_t until, struct pollfd *polled)
{
	uint64_t at = now();
	size_t i;

	polled[CLIENTS] = (struct pollfd){.fd = s->fd, .events = POLLIN};
	polled[CLIENTS + 1] = (struct pollfd){.fd = stop_fd, .events = POLLIN};
	for (i = 0; i < CLIENTS; i++) {
		const struct client *c = &s->clients[i];

		polled[i] = (struct pollfd){.fd = -1};
		if (c->state == CLIENT_FREE)
			continue;
		polled[i] = (struct pollfd){.fd = c->fd, .events = client__events(c)};
		if (c->deadline_ns < until)
			until = c->deadline_ns;
	}
	until = until > at ? (until - at) / 1000000 + 1 : 0;
	if (poll(polled, CLIENTS + 2, until < 60000 ? (int)until : 60000) < 0 && errno != EINTR)
		return -errno;
	return 0;
}

int serve__once(struct serve *s, const struct serve_options *opts, struct error *err)
{
	struct served served = {.file = opts->file};
	struct pollfd polled[CLIENTS + 2];
	uint64_t end = now() + opts->limit_ns, at;
	char host[32];
	struct stat st;
	size_t i;
	int rc;

	if (fstat(opts->file, &st))
		return error__errno(err, -errno, "cannot read what is to be served");
	snprintf(host, sizeof(host), "127.0.0.1:%u", s->port);
	served.size = (uint64_t)st.st_size;
	served.rules =
		(struct request_rules){.host = host, .path = opts->path, .origin = opts->origin};
	for (;;) {
		rc = wait_for(s, opts->stop_fd, end, polled);
		if (rc)
			return error__errno(err, rc, "cannot serve on %s", host);
		at = now();
		for (i = 0; i < CLIENTS; i++)
			if (client__step(&s->clients[i], &served, polled[i].revents, at))
				return 0;
		if (polled[CLIENTS + 1].revents)
			return error__set(err, -EINTR, "interrupted");
		if (at >= end)
			return error__set(err, -ETIMEDOUT, "nobody fetched it in time");
		rc = polled[CLIENTS].revents ? admit(s, err) : 0;
		if (rc)
			return rc;
	}
}
