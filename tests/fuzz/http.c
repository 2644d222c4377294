// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests to the server of `conctrace view`, as whole texts and piece by piece over a socket: byte
 * 0 says how long the pieces are. Only one request gets the file; and whatever comes, the same text
 * gets the same answer.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve/client.h"
#include "serve/request.h"
#include "tests/fuzz/lib/fuzz.h"

#define ORIGIN	   "https://ui.perfetto.dev"
#define STEPS_MOST 10000

static const struct request_rules rules = {
	.host = "127.0.0.1:9001", .path = "/t", .origin = ORIGIN};

/* Whether a text has a word that the right request cannot do without. */
static bool has(const char *text, size_t len, const char *word)
{
	return memmem(text, len, word, strlen(word));
}

static enum request_answer judge(const char *text, size_t len)
{
	enum request_answer answer = request__judge(&rules, text, len);

	if (answer == ANSWER_FILE || answer == ANSWER_PREFLIGHT)
		FUZZ_HOLDS(has(text, len, "127.0.0.1:9001") && has(text, len, ORIGIN) &&
			   has(text, len, " /t "));
	FUZZ_HOLDS(answer != ANSWER_WAIT || !has(text, len, "\r\n\r\n"));
	return answer;
}

/* Sends it to a client of the server; returns what came back. may: the file may be fetched. */
static size_t talk(const char *text, size_t len, size_t piece, char *answer, size_t room, bool may)
{
	const struct served served = {.file = -1, .size = 0, .rules = rules};
	struct client *c = calloc(1, sizeof(*c));
	size_t sent = 0, got = 0, step;
	int ends[2];
	ssize_t n;

	FUZZ_HOLDS(c && !socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends));
	client__begin(c, ends[0], 1);
	for (step = 0; c->state != CLIENT_FREE && step < STEPS_MOST; step++) {
		n = send(ends[1], text + sent, len - sent < piece ? len - sent : piece,
			 MSG_NOSIGNAL);
		sent += n > 0 ? (size_t)n : 0;
		if (sent == len)
			shutdown(ends[1], SHUT_WR);
		FUZZ_HOLDS(!client__step(c, &served, true, 1 + step) || may);
		n = recv(ends[1], answer + got, room - got, 0);
		got += n > 0 ? (size_t)n : 0;
	}
	FUZZ_HOLDS(c->state == CLIENT_FREE);
	close(ends[1]);
	free(c);
	return got;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed f = {data, size};
	size_t piece = feed__number(&f, 1) * 4 + 1, got, i;
	char *text = (char *)feed__rest(&f, &size), answer[2048];

	if (size > REQUEST_MOST)
		size = REQUEST_MOST;
	for (i = 0; i < size && judge(text, i) == ANSWER_WAIT; i++)
		;
	/* What follows an answered request changes nothing of it. */
	FUZZ_HOLDS(i == size || judge(text, i) == judge(text, size));
	got = talk(text, size, piece, answer, sizeof(answer) - 1, judge(text, size) == ANSWER_FILE);
	answer[got] = '\0';
	FUZZ_HOLDS(!got || !strncmp(answer, "HTTP/1.1 ", 9));
	FUZZ_HOLDS(!strstr(answer, "evil"));
	free(text);
	return 0;
}
