// SPDX-License-Identifier: GPL-2.0-only
/* An event loop and its clients, all in one process; and what its handlers do that they should not.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/run.h"
#include "work.h"

#define MS	1000
#define CLIENTS 4
#define ASKS	40

static int ends[CLIENTS][2];
static void (*answer)(unsigned int count);
static pthread_mutex_t store_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool done;
static unsigned int asks = ASKS, think_us = 2 * MS;

static void ask(void *arg, unsigned int index)
{
	int fd = ends[index][0];
	char byte = 1;

	(void)arg;
	for (unsigned int i = 0; i < asks; i++) {
		check_errno(write(fd, &byte, 1), "write");
		check_errno(read(fd, &byte, 1), "read");
		if (think_us)
			sleep_ns((uint64_t)think_us * 1000);
	}
	close(fd);
}

static FRAME void serve(int fd, unsigned int count)
{
	char byte;

	if (check_errno(read(fd, &byte, 1), "read") == 0) {
		close(fd); /* which takes it out of the epoll set */
		return;
	}
	answer(count);
	check_errno(write(fd, &byte, 1), "write");
	FRAME_END();
}

static void run_loop(void *arg, unsigned int index)
{
	struct epoll_event event = {.events = EPOLLIN};
	int epoll = (int)check_errno(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	unsigned int left = CLIENTS * (asks + 1);

	(void)arg;
	(void)index;
	for (int i = 0; i < CLIENTS; i++) {
		event.data.fd = ends[i][1];
		check_errno(epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event), "epoll_ctl");
	}
	while (left) {
		check_errno(epoll_wait(epoll, &event, 1, -1), "epoll_wait");
		serve(event.data.fd, left--);
	}
	close(epoll);
}

static void with_clients(void (*how)(unsigned int count))
{
	struct crew *loop;

	answer = how;
	for (int i = 0; i < CLIENTS; i++)
		check_errno(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends[i]),
			    "socketpair");
	loop = crew__threads("loop", 1, run_loop, NULL);
	crew__join(crew__threads("client", CLIENTS, ask, NULL));
	crew__join(loop);
}

static FRAME void make_report(void)
{
	COMPUTE_US(50 * MS);
	FRAME_END();
}

static void compute_at_times(unsigned int count)
{
	if (count % 20 == 0)
		make_report();
	else
		COMPUTE_US(50);
}

static void play_computes(void)
{
	with_clients(compute_at_times);
}

static FRAME void look_up_store(void)
{
	pthread_mutex_lock(&store_lock);
	COMPUTE_US(50);
	pthread_mutex_unlock(&store_lock);
	FRAME_END();
}

static void look_up(unsigned int count)
{
	(void)count;
	look_up_store();
}

static void compact(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	while (!done) {
		pthread_mutex_lock(&store_lock);
		COMPUTE_US(40 * MS);
		pthread_mutex_unlock(&store_lock);
		sleep_ns(4000000);
	}
}

static void play_lock(void)
{
	struct crew *other = crew__threads("compact", 1, compact, NULL);

	with_clients(look_up);
	done = true;
	crew__join(other);
}

static int log_fd;

static FRAME void log_and_sync(void)
{
	for (int i = 0; i < 4; i++) {
		check_errno(write(log_fd, "entry\n", 6), "write");
		check_errno(fsync(log_fd), "fsync");
	}
	FRAME_END();
}

static void log_it(unsigned int count)
{
	(void)count;
	log_and_sync();
}

static void play_fsync(void)
{
	think_us = 4 * MS;
	log_fd = (int)check_errno(
		open("verdict-log", O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600), "verdict-log");
	with_clients(log_it);
}

static FRAME void nap(void)
{
	sleep_ns(20000000);
	FRAME_END();
}

static void sleep_at_times(unsigned int count)
{
	if (count % 8 == 0)
		nap();
}

static void play_sleeps(void)
{
	with_clients(sleep_at_times);
}

static void answer_soon(unsigned int count)
{
	(void)count;
	COMPUTE_US(60);
}

static void play_short(void)
{
	asks = 150;
	with_clients(answer_soon);
}

/* Nearly nothing happens: a timer, ten times. */
static void wait_for_timer(void *arg, unsigned int index)
{
	struct epoll_event event = {.events = EPOLLIN};
	struct itimerspec every = {{0, 40000000}, {0, 40000000}};
	int epoll = (int)check_errno(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	int timer = (int)check_errno(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), "timerfd");
	uint64_t times;

	(void)arg;
	(void)index;
	check_errno(timerfd_settime(timer, 0, &every, NULL), "timerfd_settime");
	check_errno(epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event), "epoll_ctl");
	for (int i = 0; i < 10; i++) {
		check_errno(epoll_wait(epoll, &event, 1, -1), "epoll_wait");
		check_errno(read(timer, &times, sizeof(times)), "read");
		COMPUTE_US(100);
	}
	close(timer);
	close(epoll);
}

static void play_idle(void)
{
	crew__join(crew__threads("loop", 1, wait_for_timer, NULL));
}

int main(int argc, char **argv)
{
	static const struct play plays[] = {
		{"computes", play_computes}, {"lock", play_lock},   {"fsync", play_fsync},
		{"sleeps", play_sleeps},     {"short", play_short}, {"idle", play_idle},
	};

	(void)argc;
	return PLAYS(plays, argv);
}
