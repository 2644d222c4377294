// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "serve/client.h"
#include "serve/request.h"

#define HOST   "Host: 127.0.0.1:9001\r\n"
#define ORIGIN "Origin: https://ui.perfetto.dev\r\n"
#define GET    "GET /t HTTP/1.1\r\n"
#define ASKS   "Access-Control-Request-Method: "

static const struct request_rules rules = {
	.host = "127.0.0.1:9001", .path = "/t", .origin = "https://ui.perfetto.dev"};

static enum request_answer judge(const char *text, size_t len)
{
	/* Of its exact size, so that a sanitizer sees a byte read behind it. */
	char *copy = malloc(len ? len : 1);
	enum request_answer answer;

	assert_non_null(copy);
	memcpy(copy, text, len);
	answer = request__judge(&rules, copy, len);
	free(copy);
	return answer;
}

static const struct {
	const char *text;
	enum request_answer answer;
} requests[] = {
	{GET HOST ORIGIN "\r\n", ANSWER_FILE},
	{"GET /t HTTP/1.0\r\n" HOST ORIGIN "\r\n", ANSWER_FILE},
	{GET "hOST:127.0.0.1:9001\r\norigin: \t https://ui.perfetto.dev \t\r\nX: \r\n\r\n",
	 ANSWER_FILE},
	{GET HOST ORIGIN "\r\nwhat follows is nothing to us", ANSWER_FILE},
	{"OPTIONS /t HTTP/1.1\r\n" HOST ORIGIN ASKS "GET\r\n\r\n", ANSWER_PREFLIGHT},
	/* methods */
	{"POST /t HTTP/1.1\r\n" HOST ORIGIN "\r\n", ANSWER_METHOD},
	{"HEAD /t HTTP/1.1\r\n" HOST ORIGIN "\r\n", ANSWER_METHOD},
	{"get /t HTTP/1.1\r\n" HOST ORIGIN "\r\n", ANSWER_METHOD},
	{"OPTIONS /t HTTP/1.1\r\n" HOST ORIGIN "\r\n", ANSWER_METHOD},
	{"OPTIONS /t HTTP/1.1\r\n" HOST ORIGIN ASKS "PUT\r\n\r\n", ANSWER_METHOD},
	/* paths */
	{"GET / HTTP/1.1\r\n" HOST ORIGIN "\r\n", ANSWER_NOT_FOUND},
	{"GET /t/ HTTP/1.1\r\n" HOST ORIGIN "\r\n", ANSWER_NOT_FOUND},
	{"GET /t?x HTTP/1.1\r\n" HOST ORIGIN "\r\n", ANSWER_NOT_FOUND},
	{"GET /../etc/passwd HTTP/1.1\r\n" HOST ORIGIN "\r\n", ANSWER_NOT_FOUND},
	{"GET http://127.0.0.1:9001/t HTTP/1.1\r\n" HOST ORIGIN "\r\n", ANSWER_NOT_FOUND},
	/* hosts: a page's own name that it lets point here */
	{GET "Host: evil.example:9001\r\n" ORIGIN "\r\n", ANSWER_FORBIDDEN},
	{GET "Host: 127.0.0.1:9001.evil.example\r\n" ORIGIN "\r\n", ANSWER_FORBIDDEN},
	{GET "Host: 127.0.0.1\r\n" ORIGIN "\r\n", ANSWER_FORBIDDEN},
	{GET "Host:\r\n" ORIGIN "\r\n", ANSWER_FORBIDDEN},
	{GET ORIGIN "\r\n", ANSWER_BAD},
	{GET HOST HOST ORIGIN "\r\n", ANSWER_BAD},
	/* origins */
	{GET HOST "\r\n", ANSWER_FORBIDDEN},
	{GET HOST "Origin: null\r\n\r\n", ANSWER_FORBIDDEN},
	{GET HOST "Origin: http://ui.perfetto.dev\r\n\r\n", ANSWER_FORBIDDEN},
	{GET HOST "Origin: https://ui.perfetto.dev.evil.example\r\n\r\n", ANSWER_FORBIDDEN},
	{GET HOST "Origin: https://ui.perfetto.dev https://evil.example\r\n\r\n", ANSWER_FORBIDDEN},
	{GET HOST ORIGIN "Origin: https://evil.example\r\n\r\n", ANSWER_BAD},
	{"OPTIONS /t HTTP/1.1\r\n" HOST "Origin: https://evil.example\r\n" ASKS "GET\r\n\r\n",
	 ANSWER_FORBIDDEN},
	/* rubbish */
	{"\r\n\r\n", ANSWER_BAD},
	{"GET\r\n\r\n", ANSWER_BAD},
	{"GET /t\r\n" HOST ORIGIN "\r\n", ANSWER_BAD},
	{"GET  /t HTTP/1.1\r\n" HOST ORIGIN "\r\n", ANSWER_BAD},
	{"GET /t HTTP/1.1 \r\n" HOST ORIGIN "\r\n", ANSWER_BAD},
	{"GET /t HTTP/2.0\r\n" HOST ORIGIN "\r\n", ANSWER_BAD},
	{"GET /t HTTP/1.1\n" HOST ORIGIN "\r\n", ANSWER_BAD},
	{GET HOST "X: a\n" ORIGIN "\r\n", ANSWER_BAD},
	{GET HOST "X: a\r" ORIGIN "\r\n", ANSWER_BAD},
	{GET HOST "Origin : https://ui.perfetto.dev\r\n\r\n", ANSWER_BAD},
	{GET HOST "X: a\r\n " ORIGIN "\r\n", ANSWER_BAD},
	{GET HOST ": a\r\n" ORIGIN "\r\n", ANSWER_BAD},
	{GET HOST "no colon\r\n" ORIGIN "\r\n", ANSWER_BAD},
	{GET HOST "X: \x1b[2J\r\n" ORIGIN "\r\n", ANSWER_BAD},
	{"G\xc3\x84T /t HTTP/1.1\r\n" HOST ORIGIN "\r\n", ANSWER_BAD},
};

static void test_requests(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		enum request_answer got = judge(requests[i].text, strlen(requests[i].text));

		if (got != requests[i].answer)
			print_error("request %zu: %s", i, requests[i].text);
		assert_int_equal(got, requests[i].answer);
	}
}

/* However it is cut into pieces, there is one answer, and not before the end. */
static void test_pieces(void **state)
{
	static const char text[] = GET HOST ORIGIN "\r\n";
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(text) - 1; len++)
		assert_int_equal(judge(text, len), ANSWER_WAIT);
	assert_int_equal(judge(text, len), ANSWER_FILE);
	assert_int_equal(judge("GET /t HTTP/1.1\r\n" HOST "X: \0\r\n" ORIGIN "\r\n",
			       sizeof("GET /t HTTP/1.1\r\n" HOST "X: \0\r\n" ORIGIN "\r\n") - 1),
			 ANSWER_BAD);
}

static void test_large(void **state)
{
	char text[REQUEST_MOST];

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_int_equal(judge(text, sizeof(text) - 1), ANSWER_WAIT);
	assert_int_equal(judge(text, sizeof(text)), ANSWER_TOO_LARGE);
}

/* ---- a client, at the other end of a pair of sockets ---- */

#define SECOND 1000000000ull

static struct client client;
static struct served served;
static int other;

static int set_up(void **state)
{
	int pair[2];
	FILE *file = tmpfile();

	(void)state;
	memset(&client, 0, sizeof(client));
	if (!file || fputs("the trace", file) < 0 || fflush(file))
		return -1;
	served = (struct served){.file = dup(fileno(file)), .size = 9, .rules = rules};
	fclose(file);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair))
		return -1;
	other = pair[1];
	client__begin(&client, pair[0], 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	client__end(&client);
	close(served.file);
	if (other >= 0)
		close(other);
	return 0;
}

static void say(const char *text)
{
	assert_int_equal(send(other, text, strlen(text), 0), strlen(text));
}

/* What comes until the client says no more. */
static const char *hear(uint64_t now_ns)
{
	static char text[4096];
	size_t len = 0;
	int steps;
	ssize_t n = -1;

	for (steps = 0; steps < 10 && n; steps++) {
		assert_false(client__step(&client, &served, true, now_ns));
		while ((n = recv(other, text + len, sizeof(text) - 1 - len, 0)) > 0)
			len += (size_t)n;
	}
	assert_int_equal(n, 0);
	text[len] = '\0';
	return text;
}

static void test_file(void **state)
{
	const char *heard;

	(void)state;
	say(GET HOST);
	assert_false(client__step(&client, &served, true, 0));
	say(ORIGIN "\r\n");
	heard = hear(0);
	assert_int_equal(strncmp(heard, "HTTP/1.1 200 OK\r\n", 17), 0);
	assert_non_null(strstr(heard, "\r\nContent-Length: 9\r\n"));
	assert_non_null(
		strstr(heard, "\r\nAccess-Control-Allow-Origin: https://ui.perfetto.dev\r\n"));
	assert_non_null(strstr(heard, "\r\nCache-Control: no-cache\r\n"));
	assert_non_null(strstr(heard, "\r\n\r\nthe trace"));
	/* It has arrived when the other end says so. */
	assert_false(client__step(&client, &served, true, 0));
	close(other);
	other = -1;
	assert_true(client__step(&client, &served, true, 0));
	assert_int_equal(client.state, CLIENT_FREE);
}

static void test_refused(void **state)
{
	const char *heard;

	(void)state;
	say("PUT /t HTTP/1.1\r\n" HOST ORIGIN "\r\n");
	heard = hear(0);
	assert_int_equal(strncmp(heard, "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\n", 45),
			 0);
	assert_null(strstr(heard, "Access-Control"));
	assert_null(strstr(heard, "the trace"));
	close(other);
	other = -1;
	assert_false(client__step(&client, &served, true, 0));
	assert_int_equal(client.state, CLIENT_FREE);
}

/* Who does not come to an end is shown the door; a byte now and then does not help. */
static void test_slow(void **state)
{
	uint64_t second;

	(void)state;
	for (second = 0; second < 10; second++) {
		assert_int_equal(client.state, CLIENT_ASKS);
		say("G");
		client__step(&client, &served, true, second * SECOND);
	}
	client__step(&client, &served, false, 10 * SECOND);
	assert_int_equal(client.state, CLIENT_FREE);
}

/* One that takes all but never leaves has it; one that takes nothing has not. */
static void test_stays(void **state)
{
	(void)state;
	say(GET HOST ORIGIN "\r\n");
	assert_non_null(strstr(hear(0), "the trace"));
	assert_false(client__step(&client, &served, false, SECOND));
	assert_true(client__step(&client, &served, false, 3 * SECOND));
	assert_int_equal(client.state, CLIENT_FREE);
}

static void test_takes_nothing(void **state)
{
	(void)state;
	say(GET HOST ORIGIN "\r\n");
	client__step(&client, &served, true, 0);
	assert_int_equal(client.state, CLIENT_TAKES);
	assert_false(client__step(&client, &served, false, 40 * SECOND));
	assert_int_equal(client.state, CLIENT_FREE);
}

/* A file that got shorter is no file that arrived. */
static void test_short_file(void **state)
{
	int i;

	(void)state;
	served.size = 10;
	say(GET HOST ORIGIN "\r\n");
	for (i = 0; i < 10; i++)
		assert_false(client__step(&client, &served, true, 0));
	assert_int_equal(client.state, CLIENT_FREE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_large),
		cmocka_unit_test_setup_teardown(test_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_slow, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_takes_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_short_file, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
