// SPDX-License-Identifier: GPL-2.0-only
/*
 * turns epoll|poll|select|uring N: an event loop, the thread "loop", that is woken N times, each
 * time only when it sleeps again. In the turn in the middle it computes for 20 ms in busy_turn().
 * Ends with 77 if the machine has no such call.
 */
#include <errno.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BUSY_NS 20000000ULL

static int event_fd, epoll_fd;
static _Atomic long turns_done;
static _Atomic pid_t loop_tid;
static long turns;
static void (*wait_for_event)(void);

static void require(int bad, const char *what)
{
	if (!bad)
		return;
	fprintf(stderr, "turns: %s: %s\n", what, strerror(errno));
	exit(errno == ENOSYS || errno == EPERM ? 77 : 1);
}

static void wait_epoll(void)
{
	struct epoll_event event;

	require(epoll_wait(epoll_fd, &event, 1, -1) != 1, "epoll_wait");
}

static void wait_poll(void)
{
	struct pollfd pfd = {.fd = event_fd, .events = POLLIN};

	require(poll(&pfd, 1, -1) != 1, "poll");
}

static void wait_select(void)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(event_fd, &set);
	require(select(event_fd + 1, &set, NULL, NULL, NULL) != 1, "select");
}

/* A ring of one entry: what io_uring_setup(2) gives, mapped as it says. */
static struct {
	int fd;
	unsigned char *rings;
	struct io_uring_sqe *sqe;
	struct io_uring_params p;
} uring;

static void make_uring(void)
{
	size_t bytes = 4096;

	uring.fd = (int)syscall(SYS_io_uring_setup, 1, &uring.p);
	require(uring.fd == -1, "io_uring_setup");
	if (!(uring.p.features & IORING_FEAT_SINGLE_MMAP)) {
		errno = ENOSYS;
		require(1, "io_uring_setup");
	}
	uring.rings = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, uring.fd,
			   IORING_OFF_SQ_RING);
	uring.sqe = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, uring.fd,
			 IORING_OFF_SQES);
	require(uring.rings == MAP_FAILED || (void *)uring.sqe == MAP_FAILED, "mmap");
}

static unsigned int *ring_word(unsigned int offset)
{
	return (unsigned int *)(void *)(uring.rings + offset);
}

static void wait_uring(void)
{
	unsigned int *tail = ring_word(uring.p.sq_off.tail);
	unsigned int *done = ring_word(uring.p.cq_off.head);

	memset(uring.sqe, 0, sizeof(*uring.sqe));
	uring.sqe->opcode = IORING_OP_POLL_ADD;
	uring.sqe->fd = event_fd;
	uring.sqe->poll32_events = POLLIN;
	*ring_word(uring.p.sq_off.array) = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	require(syscall(SYS_io_uring_enter, uring.fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1,
		"io_uring_enter");
	__atomic_store_n(done, *done + 1, __ATOMIC_RELEASE);
}

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	require(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts), "clock_gettime");
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

__attribute__((noipa)) static void busy_turn(void)
{
	uint64_t end = cpu_ns() + BUSY_NS;

	while (cpu_ns() < end)
		for (volatile int i = 0; i < 10000; i++)
			;
	__asm__ volatile("");
}

static void *run_loop(void *arg)
{
	uint64_t value;

	pthread_setname_np(pthread_self(), "loop");
	loop_tid = (pid_t)syscall(SYS_gettid);
	for (long i = 0; i < turns; i++) {
		wait_for_event();
		require(read(event_fd, &value, sizeof(value)) != sizeof(value), "read");
		if (i == turns / 2)
			busy_turn();
		turns_done = i + 1;
	}
	return arg;
}

/* True if the kernel says that the loop sleeps: proc(5), /proc/pid/stat. */
static int loop_sleeps(void)
{
	char path[64], text[256], *state;
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)loop_tid);
	file = fopen(path, "re");
	require(!file, path);
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[len] = '\0';
	state = strrchr(text, ')');
	return state && state[2] == 'S';
}

static void pause_for(long ns)
{
	struct timespec ts = {.tv_nsec = ns};

	nanosleep(&ts, NULL);
}

static void drive(void)
{
	static const uint64_t one = 1;

	for (long i = 0; i < turns; i++) {
		while (!loop_tid || turns_done < i || !loop_sleeps())
			pause_for(100000);
		require(write(event_fd, &one, sizeof(one)) != sizeof(one), "write");
	}
}

static const struct kind {
	const char *name;
	void (*wait)(void);
} kinds[] = {
	{"epoll", wait_epoll},
	{"poll", wait_poll},
	{"select", wait_select},
	{"uring", wait_uring},
};

int main(int argc, char **argv)
{
	struct epoll_event event = {.events = EPOLLIN};
	pthread_t thread;

	for (size_t i = 0; argc == 3 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(argv[1], kinds[i].name))
			wait_for_event = kinds[i].wait;
	turns = argc == 3 ? atol(argv[2]) : 0;
	if (!wait_for_event || turns < 1) {
		fprintf(stderr, "usage: turns epoll|poll|select|uring N\n");
		return 2;
	}
	event_fd = eventfd(0, EFD_CLOEXEC);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	require(event_fd == -1 || epoll_fd == -1, "eventfd, epoll_create1");
	require(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, event_fd, &event), "epoll_ctl");
	if (wait_for_event == wait_uring)
		make_uring();
	errno = pthread_create(&thread, NULL, run_loop, NULL);
	require(errno, "pthread_create");
	drive();
	pthread_join(thread, NULL);
	return 0;
}
