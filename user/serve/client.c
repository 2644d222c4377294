// SPDX-License-Identifier: GPL-2.0-only
#include "serve/client.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define SECOND	 1000000000ull
#define ASK_NS	 (10 * SECOND) /* for the whole request */
#define TAKE_NS	 (30 * SECOND) /* without taking any more of the answer */
#define LEAVE_NS (2 * SECOND)
#define PIECE	 (64 << 10)

void client__begin(struct client *c, int fd, uint64_t now_ns)
{
	c->state = CLIENT_ASKS;
	c->fd = fd;
	c->began_ns = now_ns;
	c->deadline_ns = now_ns + ASK_NS;
	c->wants_file = false;
	c->offset = c->len = c->sent = 0;
}

void client__end(struct client *c)
{
	if (c->state != CLIENT_FREE)
		close(c->fd);
	c->state = CLIENT_FREE;
}

short client__events(const struct client *c)
{
	return c->state == CLIENT_TAKES ? POLLOUT : POLLIN;
}

static const char *reason(enum request_answer answer)
{
	switch (answer) {
	case ANSWER_FILE:
		return "OK";
	case ANSWER_PREFLIGHT:
		return "No Content";
	case ANSWER_FORBIDDEN:
		return "Forbidden";
	case ANSWER_NOT_FOUND:
		return "Not Found";
	case ANSWER_METHOD:
		return "Method Not Allowed";
	case ANSWER_TOO_LARGE:
		return "Request Header Fields Too Large";
	default:
		return "Bad Request";
	}
}

/* Only the page that may read it is told that it may, and no other page can make use of it. */
static void write_head(struct client *c, const struct served *served, enum request_answer answer)
{
	bool allowed = answer == ANSWER_FILE || answer == ANSWER_PREFLIGHT;
	FILE *out = fmemopen(c->text, sizeof(c->text), "w");

	c->len = c->sent = 0;
	if (!out)
		return;
	fprintf(out, "HTTP/1.1 %d %s\r\n", (int)answer, reason(answer));
	if (answer == ANSWER_METHOD)
		fputs("Allow: GET\r\n", out);
	if (allowed)
		fprintf(out, "Access-Control-Allow-Origin: %s\r\nVary: Origin\r\n",
			served->rules.origin);
	if (answer == ANSWER_PREFLIGHT)
		fputs("Access-Control-Allow-Methods: GET\r\n"
		      "Access-Control-Allow-Private-Network: true\r\n",
		      out);
	else
		fprintf(out, "Content-Length: %" PRIu64 "\r\n", allowed ? served->size : 0);
	fputs("Content-Type: application/octet-stream\r\nCache-Control: no-cache\r\n"
	      "X-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\n"
	      "Connection: close\r\n\r\n",
	      out);
	c->len = (size_t)ftell(out);
	fclose(out);
	c->wants_file = answer == ANSWER_FILE;
}

/* Whether to wait for more: false when the other end is gone, or in error. */
static bool may_wait(ssize_t n)
{
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static void ask(struct client *c, const struct served *served, uint64_t now_ns)
{
	ssize_t n = recv(c->fd, c->text + c->len, sizeof(c->text) - c->len, 0);
	enum request_answer answer;

	if (n <= 0) {
		if (!may_wait(n))
			client__end(c);
		return;
	}
	c->len += (size_t)n;
	answer = request__judge(&served->rules, c->text, c->len);
	if (answer == ANSWER_WAIT)
		return;
	write_head(c, served, answer);
	c->state = CLIENT_TAKES;
	c->deadline_ns = now_ns + TAKE_NS;
}

/* Sends a piece. Returns as send(2). */
static ssize_t send_some(struct client *c, const struct served *served)
{
	char piece[PIECE];
	ssize_t n;

	if (c->sent < c->len) {
		n = send(c->fd, c->text + c->sent, c->len - c->sent, MSG_NOSIGNAL);
		c->sent += n > 0 ? (size_t)n : 0;
		return n;
	}
	n = pread(served->file, piece, sizeof(piece), (off_t)c->offset);
	if (n <= 0) {
		errno = EIO;
		return -1;
	}
	n = send(c->fd, piece, (size_t)n, MSG_NOSIGNAL);
	c->offset += n > 0 ? (uint64_t)n : 0;
	return n;
}

static void take(struct client *c, const struct served *served, uint64_t now_ns)
{
	ssize_t n = send_some(c, served);

	if (n <= 0) {
		if (!may_wait(n))
			client__end(c);
		return;
	}
	c->deadline_ns = now_ns + TAKE_NS;
	if (c->sent < c->len || (c->wants_file && c->offset < served->size))
		return;
	shutdown(c->fd, SHUT_WR);
	c->state = CLIENT_LEAVES;
	c->deadline_ns = now_ns + LEAVE_NS;
}

static bool leave(struct client *c)
{
	ssize_t n = recv(c->fd, c->text, sizeof(c->text), 0);
	bool arrived = n == 0 && c->wants_file;

	if (n <= 0 && !may_wait(n))
		client__end(c);
	return arrived;
}

bool client__step(struct client *c, const struct served *served, bool ready, uint64_t now_ns)
{
	bool arrived = false;

	if (ready && c->state == CLIENT_ASKS)
		ask(c, served, now_ns);
	else if (ready && c->state == CLIENT_TAKES)
		take(c, served, now_ns);
	else if (ready && c->state == CLIENT_LEAVES)
		arrived = leave(c);
	if (c->state == CLIENT_FREE || now_ns < c->deadline_ns)
		return arrived;
	/* One that keeps its end open has what was sent all the same. */
	arrived = c->state == CLIENT_LEAVES && c->wants_file;
	client__end(c);
	return arrived;
}
