// SPDX-License-Identifier: GPL-2.0-only
#include "lib/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fail.h"
#include "lib/run.h"

#define NS_PER_MS 1000000ULL

struct server {
	pid_t pid;
	int stop_fd; /* the child ends when this end of a pipe is closed */
	struct sockaddr_in address;
};

struct connection {
	int fd;
	unsigned char request[sizeof(uint64_t)];
	size_t have; /* bytes of request[] */
	uint64_t due_ns;
	struct connection *next; /* in the line of those that wait for their answer */
};

/* The child's state. One latency for all, so those that wait are in the order of their due. */
struct service {
	int epoll, listener;
	uint64_t latency_ns;
	struct connection *first, **last;
};

static void watch(const struct service *s, int fd, void *ptr)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = ptr};

	check_errno(epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &ev), "epoll_ctl");
}

static void connection__free(struct connection *conn)
{
	close(conn->fd);
	free(conn);
}

static void accept_connection(const struct service *s)
{
	struct connection *conn;
	int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd == -1) {
		if (errno == ECONNABORTED || errno == EINTR)
			return;
		fail("server: accept", errno);
	}
	conn = calloc(1, sizeof(*conn));
	if (!conn)
		fail("server", ENOMEM);
	conn->fd = fd;
	watch(s, fd, conn);
}

static void read_request(struct service *s, struct connection *conn)
{
	ssize_t n = recv(conn->fd, conn->request + conn->have, sizeof(conn->request) - conn->have,
			 MSG_DONTWAIT);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) { /* the client has gone */
		connection__free(conn);
		return;
	}
	conn->have += (size_t)n;
	if (conn->have < sizeof(conn->request))
		return;
	check_errno(epoll_ctl(s->epoll, EPOLL_CTL_DEL, conn->fd, NULL), "epoll_ctl");
	conn->due_ns = now_ns() + s->latency_ns;
	*s->last = conn;
	s->last = &conn->next;
}

static void send_answer(const struct connection *conn)
{
	unsigned char body[SERVER_BODY];
	uint64_t x;

	memcpy(&x, conn->request, sizeof(x));
	for (size_t i = 0; i < sizeof(body); i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		body[i] = (unsigned char)(x >> 56);
	}
	/* It fits into an empty socket buffer; a client that has gone notices for itself. */
	if (send(conn->fd, body, sizeof(body), MSG_NOSIGNAL) == -1 && errno != EPIPE &&
	    errno != ECONNRESET)
		fail("server: send", errno);
}

static void send_due_answers(struct service *s)
{
	uint64_t now = now_ns();

	while (s->first && s->first->due_ns <= now) {
		struct connection *conn = s->first;

		s->first = conn->next;
		if (!s->first)
			s->last = &s->first;
		send_answer(conn);
		connection__free(conn);
	}
}

/* For epoll_wait: until the next answer is due, rounded up so as not to look too early. */
static int ms_until_due(const struct service *s)
{
	uint64_t now = now_ns();

	if (!s->first)
		return -1;
	if (s->first->due_ns <= now)
		return 0;
	return (int)((s->first->due_ns - now + NS_PER_MS - 1) / NS_PER_MS);
}

static _Noreturn void serve(int listener, int stop_fd, uint64_t latency_ns)
{
	struct service s = {.listener = listener, .latency_ns = latency_ns};
	char stop_mark;

	s.last = &s.first;
	check(pthread_setname_np(pthread_self(), "server"), "pthread_setname_np");
	s.epoll = (int)check_errno(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	watch(&s, listener, &s);
	watch(&s, stop_fd, &stop_mark);
	for (;;) {
		struct epoll_event ev[64];
		int n = epoll_wait(s.epoll, ev, 64, ms_until_due(&s));

		if (n == -1 && errno != EINTR)
			fail("server: epoll_wait", errno);
		for (int i = 0; i < n; i++) {
			if (ev[i].data.ptr == &stop_mark)
				_exit(0);
			if (ev[i].data.ptr == &s)
				accept_connection(&s);
			else
				read_request(&s, ev[i].data.ptr);
		}
		send_due_answers(&s);
	}
}

static int listen_on_loopback(struct sockaddr_in *address)
{
	socklen_t len = sizeof(*address);
	int fd = (int)check_errno(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");

	*address = (struct sockaddr_in){.sin_family = AF_INET,
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	check_errno(bind(fd, (struct sockaddr *)address, sizeof(*address)), "bind");
	check_errno(listen(fd, SOMAXCONN), "listen");
	check_errno(getsockname(fd, (struct sockaddr *)address, &len), "getsockname");
	return fd;
}

struct server *server__start(uint64_t latency_ns)
{
	struct server *server = calloc(1, sizeof(*server));
	int listener, stop[2];

	if (!server)
		fail("memory", ENOMEM);
	listener = listen_on_loopback(&server->address);
	check_errno(pipe(stop), "pipe");
	server->pid = (pid_t)check_errno(fork(), "fork");
	if (!server->pid) {
		close(stop[1]);
		serve(listener, stop[0], latency_ns);
	}
	close(listener);
	close(stop[0]);
	server->stop_fd = stop[1];
	return server;
}

struct sockaddr_in server__address(const struct server *server)
{
	return server->address;
}

void server__stop(struct server *server)
{
	int status;

	close(server->stop_fd);
	while (waitpid(server->pid, &status, 0) == -1) {
		if (errno != EINTR)
			fail("waitpid", errno);
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail("the server failed", ECHILD);
	free(server);
}
