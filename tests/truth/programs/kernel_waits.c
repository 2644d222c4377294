// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits in the kernel: kernel_waits KIND. A thread waits twenty times for what another one (or a
 * child process) brings 5 ms later.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "truth.h"

#define ROUNDS	20
#define LATE_US 5000

extern char **environ;

static int here = -1, there = -1; /* this side's end, and the other's */
static pthread_t waiting_thread;
static sem_t turn; /* a round is over */
static sem_t held; /* the lock is held again */

static void need(bool right, const char *what)
{
	if (!right)
		truth_need(errno ? errno : EIO, what);
}

static void ends(const int fds[2])
{
	here = fds[0];
	there = fds[1];
}

static void prepare_pipe(void)
{
	int fds[2];

	need(!pipe2(fds, O_CLOEXEC), "pipe2");
	ends(fds);
}

static void prepare_unix(void)
{
	int fds[2];

	need(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), "socketpair");
	ends(fds);
}

static void prepare_tcp(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	need(listener != -1, "socket");
	need(!bind(listener, (struct sockaddr *)&address, len), "bind");
	need(!listen(listener, 1), "listen");
	need(!getsockname(listener, (struct sockaddr *)&address, &len), "getsockname");
	there = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	need(!connect(there, (struct sockaddr *)&address, len), "connect");
	here = accept(listener, NULL, NULL);
	need(here != -1, "accept");
	printf("port %d\n", ntohs(address.sin_port));
}

static void prepare_flock(void)
{
	here = open("truth-flock.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	there = open("truth-flock.lock", O_RDWR | O_CLOEXEC);
	need(here != -1 && there != -1, "open");
	need(!sem_init(&held, 0, 1), "sem_init");
	need(!flock(there, LOCK_EX), "flock");
}

static void prepare_fsync(void)
{
	here = open("truth-fsync.dat", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	need(here != -1, "open");
}

static void prepare_epoll(void)
{
	struct epoll_event ev = {.events = EPOLLIN};
	int fd = epoll_create1(EPOLL_CLOEXEC);

	prepare_pipe();
	need(!epoll_ctl(fd, EPOLL_CTL_ADD, here, &ev), "epoll_ctl");
	need(dup2(fd, 100) == 100, "dup2");
}

static void prepare_signal(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	truth_need(pthread_sigmask(SIG_BLOCK, &set, NULL), "pthread_sigmask");
}

static void take_byte(void)
{
	char c;

	need(read(here, &c, 1) == 1, "read");
}

static void bring_byte(void)
{
	need(write(there, "x", 1) == 1, "write");
}

FRAME void wait_for_sleep(void)
{
	truth_sleep_us(LATE_US);
	FRAME_END();
}

FRAME void wait_for_byte(void)
{
	take_byte();
	FRAME_END();
}

FRAME void wait_for_message(void)
{
	char c;

	need(recv(here, &c, 1, 0) == 1, "recv");
}

FRAME void wait_for_flock(void)
{
	while (sem_wait(&held))
		;
	need(!flock(here, LOCK_EX), "flock");
	need(!flock(here, LOCK_UN), "flock");
}

static void give_flock(void)
{
	need(!flock(there, LOCK_UN), "flock");
	while (sem_wait(&turn))
		;
	need(!sem_post(&turn), "sem_post");
	need(!flock(there, LOCK_EX), "flock");
	need(!sem_post(&held), "sem_post");
}

FRAME void wait_for_disk(void)
{
	static const char block[65536];

	need(pwrite(here, block, sizeof(block), 0) == sizeof(block), "pwrite");
	need(!fsync(here), "fsync");
}

FRAME void wait_for_epoll(void)
{
	struct epoll_event ev;

	need(epoll_wait(100, &ev, 1, -1) == 1, "epoll_wait");
	take_byte();
	truth_compute_us(1000);
}

FRAME void wait_for_poll(void)
{
	struct pollfd pfd = {.fd = here, .events = POLLIN};

	need(poll(&pfd, 1, -1) == 1, "poll");
	take_byte();
}

FRAME void wait_for_select(void)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(here, &set);
	need(select(here + 1, &set, NULL, NULL, NULL) == 1, "select");
	take_byte();
}

FRAME void wait_for_signal(void)
{
	sigset_t set;
	int signal;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	truth_need(sigwait(&set, &signal), "sigwait");
}

static void bring_signal(void)
{
	truth_need(pthread_kill(waiting_thread, SIGUSR1), "pthread_kill");
}

FRAME void wait_for_child(void)
{
	pid_t child = fork();

	need(child != -1, "fork");
	if (!child) {
		truth_sleep_us(LATE_US);
		_exit(0);
	}
	need(waitpid(child, NULL, 0) == child, "waitpid");
}

FRAME void wait_for_waitid(void)
{
	siginfo_t info;
	pid_t child = fork();

	need(child != -1, "fork");
	if (!child) {
		truth_sleep_us(LATE_US);
		_exit(0);
	}
	need(!waitid(P_PID, (id_t)child, &info, WEXITED), "waitid");
}

/* The child borrows our memory: we wait until it has gone on to another program. */
FRAME void wait_for_spawn(void)
{
	char *const words[] = {(char *)"true", NULL};
	pid_t child;

	truth_need(posix_spawn(&child, "/bin/true", NULL, NULL, words, environ), "posix_spawn");
	need(waitpid(child, NULL, 0) == child, "waitpid");
}

/* Pages of a file whose cache was just given up. */
FRAME void wait_for_fault(void)
{
	static const size_t bytes = 1 << 20;
	volatile char sum = 0;
	char *memory;

	need(!posix_fadvise(here, 0, (off_t)bytes, POSIX_FADV_DONTNEED), "posix_fadvise");
	memory = mmap(NULL, bytes, PROT_READ, MAP_SHARED, here, 0);
	need(memory != MAP_FAILED, "mmap");
	madvise(memory, bytes, MADV_RANDOM);
	for (size_t at = 0; at < bytes; at += 65536)
		sum += memory[at];
	munmap(memory, bytes);
}

static void prepare_fault(void)
{
	static const char block[65536] = {1};

	here = open("truth-fault.dat", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	need(here != -1, "open");
	for (int i = 0; i < 16; i++)
		need(write(here, block, sizeof(block)) == sizeof(block), "write");
	need(!fsync(here), "fsync");
}

static const struct kind {
	const char *name;
	void (*prepare)(void);
	void (*wait)(void);
	void (*bring)(void); /* NULL: nobody has to */
} kinds[] = {
	{"sleep", NULL, wait_for_sleep, NULL},
	{"pipe", prepare_pipe, wait_for_byte, bring_byte},
	{"unix", prepare_unix, wait_for_byte, bring_byte},
	{"tcp", prepare_tcp, wait_for_message, bring_byte},
	{"flock", prepare_flock, wait_for_flock, give_flock},
	{"fsync", prepare_fsync, wait_for_disk, NULL},
	{"fault", prepare_fault, wait_for_fault, NULL},
	{"epoll", prepare_epoll, wait_for_epoll, bring_byte},
	{"poll", prepare_pipe, wait_for_poll, bring_byte},
	{"select", prepare_pipe, wait_for_select, bring_byte},
	{"signal", prepare_signal, wait_for_signal, bring_signal},
	{"child", NULL, wait_for_child, NULL},
	{"waitid", NULL, wait_for_waitid, NULL},
	{"spawn", NULL, wait_for_spawn, NULL},
};

static void *bringing_thread(void *arg)
{
	const struct kind *kind = arg;

	pthread_setname_np(pthread_self(), "bringer");
	for (int i = 0; i < ROUNDS; i++) {
		truth_sleep_us(LATE_US);
		kind->bring();
		while (sem_wait(&turn))
			;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const struct kind *kind = NULL;
	pthread_t bringer;
	size_t i;

	for (i = 0; argc == 2 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(argv[1], kinds[i].name))
			kind = &kinds[i];
	if (!kind)
		return 2;
	if (kind->prepare)
		kind->prepare();
	waiting_thread = pthread_self();
	need(!sem_init(&turn, 0, 0), "sem_init");
	if (kind->bring)
		truth_need(pthread_create(&bringer, NULL, bringing_thread, (void *)kind),
			   "pthread_create");
	for (i = 0; i < ROUNDS; i++) {
		kind->wait();
		need(!sem_post(&turn), "sem_post");
	}
	if (kind->bring)
		truth_need(pthread_join(bringer, NULL), "pthread_join");
	return 0;
}
