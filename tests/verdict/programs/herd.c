// SPDX-License-Identifier: GPL-2.0-only
/* Many wait for what one of them gets: all are woken for it, or one. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/run.h"
#include "work.h"

#define WAITERS 32
#define ITEMS	500
#define SERVERS 16
#define CALLS	400

static pthread_mutex_t item_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t item_ready = PTHREAD_COND_INITIALIZER;
static int items, finished;
static bool wakes_all, over;
static unsigned int item_us, source_us;

static FRAME bool take_item(void)
{
	bool got;

	pthread_mutex_lock(&item_lock);
	while (!items && !over)
		pthread_cond_wait(&item_ready, &item_lock);
	got = items > 0;
	if (got)
		items--;
	pthread_mutex_unlock(&item_lock);
	FRAME_END();
	return got;
}

static void work_on_items(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	while (take_item()) {
		COMPUTE_US(item_us);
		__atomic_fetch_add(&finished, 1, __ATOMIC_RELAXED);
	}
}

static FRAME void announce_item(void)
{
	pthread_mutex_lock(&item_lock);
	items++;
	if (wakes_all)
		pthread_cond_broadcast(&item_ready);
	else
		pthread_cond_signal(&item_ready);
	pthread_mutex_unlock(&item_lock);
	FRAME_END();
}

static void give_items(bool all, unsigned int every_us, unsigned int us)
{
	struct crew *crew;

	wakes_all = all;
	item_us = us;
	source_us = every_us;
	crew = crew__threads("waiter", WAITERS, work_on_items, NULL);
	for (int i = 0; i < ITEMS; i++) {
		COMPUTE_US(source_us);
		announce_item();
	}
	pthread_mutex_lock(&item_lock);
	over = true;
	pthread_cond_broadcast(&item_ready);
	pthread_mutex_unlock(&item_lock);
	crew__join(crew);
}

static void play_broadcast(void)
{
	give_items(true, 500, 200);
}

static void play_signal(void)
{
	give_items(false, 800, 800);
}

static int listener;
static uint32_t flags;
static unsigned int answer_us;

static FRAME void answer_call(void)
{
	int fd = accept(listener, NULL, NULL);
	char byte;

	if (fd < 0)
		return; /* another was faster */
	check_errno(read(fd, &byte, 1), "read");
	COMPUTE_US(answer_us);
	check_errno(write(fd, &byte, 1), "write");
	close(fd);
	FRAME_END();
}

static void serve(void *arg, unsigned int index)
{
	struct epoll_event event = {.events = EPOLLIN | flags};
	int epoll = (int)check_errno(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");

	(void)arg;
	(void)index;
	check_errno(epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event), "epoll_ctl");
	for (;;) {
		check_errno(epoll_wait(epoll, &event, 1, -1), "epoll_wait");
		answer_call();
	}
}

static struct sockaddr_in address;

static void call(void *arg, unsigned int index)
{
	char byte = 1;

	(void)arg;
	(void)index;
	for (int i = 0; i < CALLS; i++) {
		int fd = (int)check_errno(socket(AF_INET, SOCK_STREAM, 0), "socket");

		check_errno(connect(fd, (struct sockaddr *)&address, sizeof(address)), "connect");
		check_errno(write(fd, &byte, 1), "write");
		check_errno(read(fd, &byte, 1), "read");
		close(fd);
	}
}

/* The servers end with their parent, or when it says so. */
static void call_servers(uint32_t how, unsigned int us)
{
	socklen_t len = sizeof(address);
	pid_t servers[SERVERS];

	flags = how;
	answer_us = us;
	address = (struct sockaddr_in){.sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	listener = (int)check_errno(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
	check_errno(bind(listener, (struct sockaddr *)&address, len), "bind");
	check_errno(listen(listener, 64), "listen");
	check_errno(getsockname(listener, (struct sockaddr *)&address, &len), "getsockname");
	for (int i = 0; i < SERVERS; i++) {
		servers[i] = (pid_t)check_errno(fork(), "fork");
		if (!servers[i]) {
			pthread_setname_np(pthread_self(), "server");
			serve(NULL, 0);
		}
	}
	sleep_ns(5000000); /* until all wait */
	crew__join(crew__threads("caller", usable_cpus(), call, NULL));
	for (int i = 0; i < SERVERS; i++)
		check_errno(kill(servers[i], SIGTERM), "kill");
}

static void play_epoll(void)
{
	call_servers(0, 200);
}

static void play_exclusive(void)
{
	call_servers(EPOLLEXCLUSIVE, 1500);
}

int main(int argc, char **argv)
{
	static const struct play plays[] = {
		{"broadcast", play_broadcast},
		{"signal", play_signal},
		{"epoll", play_epoll},
		{"exclusive", play_exclusive},
	};

	(void)argc;
	return PLAYS(plays, argv);
}
