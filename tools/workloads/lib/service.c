// SPDX-License-Identifier: GPL-2.0-only
#include "lib/service.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/compute.h"
#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/run.h"

#define LONG_EVERY  100 /* questions */
#define SHORT_STEPS (20ULL * STEPS_PER_US)
#define MS_STEPS    (1000ULL * STEPS_PER_US)

struct connection {
	int client, loop; /* its two ends */
	uint64_t question;
	struct connection *next; /* in the helper's line */
};

struct service {
	struct run *run;
	struct service_how how;
	struct crew *clients, *helper;
	pthread_mutex_t lock;
	pthread_cond_t asked;
	struct connection *first, **last; /* under lock */
	bool over;			  /* under lock */
	unsigned int n;
	struct connection conn[];
};

static FRAME uint64_t short_callback(uint64_t question)
{
	uint64_t x = question;

	COMPUTE(x, SHORT_STEPS);
	return x;
}

static FRAME uint64_t long_callback(const struct service *s, uint64_t question)
{
	uint64_t x = question;

	COMPUTE(x, s->how.block_ms * MS_STEPS);
	return x;
}

static void client(void *arg, unsigned int index)
{
	struct service *s = arg;
	int fd = s->conn[index].client;
	uint64_t op, answer;

	while (run__next(s->run, &op)) {
		uint64_t start = now_ns();

		if (write(fd, &op, sizeof(op)) != (ssize_t)sizeof(op) ||
		    read(fd, &answer, sizeof(answer)) != (ssize_t)sizeof(answer))
			fail("a client's connection", errno);
		run__took(s->run, now_ns() - start);
		run__add(s->run, 1, op);
		sleep_ns(s->how.think_us * 1000);
	}
	close(fd);
}

static void helper(void *arg, unsigned int index)
{
	struct service *s = arg;

	(void)index;
	check(pthread_mutex_lock(&s->lock), "pthread_mutex_lock");
	while (s->first || !s->over) {
		struct connection *conn = s->first;
		uint64_t answer;

		if (!conn) {
			check(pthread_cond_wait(&s->asked, &s->lock), "pthread_cond_wait");
			continue;
		}
		s->first = conn->next;
		if (!s->first)
			s->last = &s->first;
		check(pthread_mutex_unlock(&s->lock), "pthread_mutex_unlock");
		answer = long_callback(s, conn->question);
		if (write(conn->loop, &answer, sizeof(answer)) != (ssize_t)sizeof(answer))
			fail("the helper's answer", errno);
		check(pthread_mutex_lock(&s->lock), "pthread_mutex_lock");
	}
	check(pthread_mutex_unlock(&s->lock), "pthread_mutex_unlock");
}

static void hand_to_helper(struct service *s, struct connection *conn, uint64_t question)
{
	conn->question = question;
	conn->next = NULL;
	check(pthread_mutex_lock(&s->lock), "pthread_mutex_lock");
	*s->last = conn;
	s->last = &conn->next;
	check(pthread_cond_signal(&s->asked), "pthread_cond_signal");
	check(pthread_mutex_unlock(&s->lock), "pthread_mutex_unlock");
}

struct service *service__start(struct run *run, unsigned int n, const struct service_how *how)
{
	struct service *s = calloc(1, sizeof(*s) + n * sizeof(s->conn[0]));

	if (!s)
		fail("memory", ENOMEM);
	s->run = run;
	s->how = *how;
	s->n = n;
	s->last = &s->first;
	check(pthread_mutex_init(&s->lock, NULL), "pthread_mutex_init");
	check(pthread_cond_init(&s->asked, NULL), "pthread_cond_init");
	for (unsigned int i = 0; i < n; i++) {
		int ends[2];

		check_errno(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
		s->conn[i].client = ends[0];
		s->conn[i].loop = ends[1];
	}
	if (how->helper)
		s->helper = crew__threads("helper", 1, helper, s);
	s->clients = crew__threads("client", n, client, s);
	return s;
}

int service__fd(const struct service *s, unsigned int i)
{
	return s->conn[i].loop;
}

bool service__call(struct service *s, unsigned int i, uint64_t question, uint64_t *answer)
{
	if (!s->how.block_ms || question % LONG_EVERY) {
		*answer = short_callback(question);
		return true;
	}
	if (s->helper) {
		hand_to_helper(s, &s->conn[i], question);
		return false;
	}
	*answer = long_callback(s, question);
	return true;
}

void service__stop(struct service *s, const char *name)
{
	crew__join(s->clients);
	if (s->helper) {
		check(pthread_mutex_lock(&s->lock), "pthread_mutex_lock");
		s->over = true;
		check(pthread_cond_signal(&s->asked), "pthread_cond_signal");
		check(pthread_mutex_unlock(&s->lock), "pthread_mutex_unlock");
		crew__join(s->helper);
	}
	for (unsigned int i = 0; i < s->n; i++)
		close(s->conn[i].loop);
	printf("%s: longest_answer_ms=%.1f\n", name, (double)run__longest(s->run) / 1e6);
	free(s);
}
