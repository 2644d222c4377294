// SPDX-License-Identifier: GPL-2.0-only
/*
 * things DIRECTORY: one thread per kind of thing that a descriptor stands for, named after it,
 * blocked in it for 20 ms at a time, ROUNDS times. Prints what the things are called, one line
 * each: "KIND NAME...". Files are made in the directory and left there.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS	 5
#define BLOCK_NS 20000000

static int pipe_fd[2], tcp_fd[2], unix_fd[2], event_fd, timer_fd, signal_fd, flock_fd[2], fifo_fd;
static char flock_path[4096], unix_path[100], fifo_path[4096];
static pthread_barrier_t together; /* where rounds begin and end */

static void require(int bad, const char *what)
{
	if (!bad)
		return;
	fprintf(stderr, "things: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void sleep_for_block(void)
{
	struct timespec ts = {.tv_nsec = BLOCK_NS};

	while (nanosleep(&ts, &ts) == -1)
		require(errno != EINTR, "nanosleep");
}

static void take(int fd, size_t len)
{
	char buf[256];

	require(read(fd, buf, len) != (ssize_t)len, "read");
}

static void give(int fd, size_t len)
{
	static const char buf[256] = {1};

	require(write(fd, buf, len) != (ssize_t)len, "write");
}

static void block_pipe(void)
{
	take(pipe_fd[0], 1);
}

static void release_pipe(void)
{
	give(pipe_fd[1], 1);
}

static void block_fifo(void)
{
	take(fifo_fd, 1);
}

static void release_fifo(void)
{
	give(fifo_fd, 1);
}

static void block_tcp(void)
{
	take(tcp_fd[0], 1);
}

static void release_tcp(void)
{
	give(tcp_fd[1], 1);
}

static void block_unix(void)
{
	take(unix_fd[0], 1);
}

static void release_unix(void)
{
	give(unix_fd[1], 1);
}

static void block_eventfd(void)
{
	take(event_fd, 8);
}

static void release_eventfd(void)
{
	give(event_fd, 8);
}

static void block_timerfd(void)
{
	struct itimerspec when = {.it_value.tv_nsec = BLOCK_NS};

	require(timerfd_settime(timer_fd, 0, &when, NULL), "timerfd_settime");
	take(timer_fd, 8);
}

static void block_signalfd(void)
{
	take(signal_fd, sizeof(struct signalfd_siginfo));
}

static void release_signalfd(void)
{
	require(kill(getpid(), SIGUSR1), "kill");
}

static void block_flock(void)
{
	require(flock(flock_fd[0], LOCK_EX), "flock");
	require(flock(flock_fd[0], LOCK_UN), "flock");
}

static void hold_flock(void)
{
	require(flock(flock_fd[1], LOCK_EX), "flock");
}

static void release_flock(void)
{
	require(flock(flock_fd[1], LOCK_UN), "flock");
}

static void block_child(void)
{
	int status;
	pid_t pid = fork();

	require(pid == -1, "fork");
	if (!pid) {
		sleep_for_block();
		_exit(0);
	}
	require(waitpid(pid, &status, 0) != pid, "waitpid");
}

static const struct kind {
	const char *name;
	void (*prepare)(void); /* before each round; NULL: nothing */
	void (*block)(void);
	void (*release)(void); /* NULL: it ends by itself */
} kinds[] = {
	{"pipe", NULL, block_pipe, release_pipe},
	{"fifo", NULL, block_fifo, release_fifo},
	{"tcp", NULL, block_tcp, release_tcp},
	{"unix", NULL, block_unix, release_unix},
	{"eventfd", NULL, block_eventfd, release_eventfd},
	{"timerfd", NULL, block_timerfd, NULL},
	{"signalfd", NULL, block_signalfd, release_signalfd},
	{"flock", hold_flock, block_flock, release_flock},
	{"child", NULL, block_child, NULL},
	{"sleeper", NULL, sleep_for_block, NULL},
};

#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

static void *run_kind(void *arg)
{
	const struct kind *kind = arg;

	pthread_setname_np(pthread_self(), kind->name);
	for (int i = 0; i < ROUNDS; i++) {
		pthread_barrier_wait(&together);
		kind->block();
		pthread_barrier_wait(&together);
	}
	return NULL;
}

static void show_address(const char *what, int fd, int (*ask)(int, struct sockaddr *, socklen_t *))
{
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	char text[INET_ADDRSTRLEN];

	require(ask(fd, (struct sockaddr *)&in, &len), "getsockname");
	inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text));
	printf("%s %s:%u\n", what, text, ntohs(in.sin_port));
}

static void make_tcp(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(in);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	require(listener == -1 || bind(listener, (struct sockaddr *)&in, len) ||
			listen(listener, 1) || getsockname(listener, (struct sockaddr *)&in, &len),
		"listen");
	tcp_fd[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	require(tcp_fd[1] == -1 || connect(tcp_fd[1], (struct sockaddr *)&in, len), "connect");
	tcp_fd[0] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	require(tcp_fd[0] == -1, "accept");
	close(listener);
	show_address("tcp-local", tcp_fd[0], getsockname);
	show_address("tcp-peer", tcp_fd[0], getpeername);
}

static void make_unix(const char *directory)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	require(snprintf(unix_path, sizeof(unix_path), "%s/socket", directory) >=
			(int)sizeof(unix_path),
		directory);
	memcpy(un.sun_path, unix_path, sizeof(unix_path));
	require(listener == -1 || bind(listener, (struct sockaddr *)&un, sizeof(un)) ||
			listen(listener, 1),
		unix_path);
	unix_fd[1] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	require(unix_fd[1] == -1 || connect(unix_fd[1], (struct sockaddr *)&un, sizeof(un)),
		"connect");
	unix_fd[0] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	require(unix_fd[0] == -1, "accept");
	close(listener);
	printf("unix %s\n", unix_path);
}

static void make_files(const char *directory)
{
	struct stat st;

	snprintf(flock_path, sizeof(flock_path), "%s/locked", directory);
	snprintf(fifo_path, sizeof(fifo_path), "%s/fifo", directory);
	for (int i = 0; i < 2; i++) {
		flock_fd[i] = open(flock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		require(flock_fd[i] == -1, flock_path);
	}
	require(mkfifo(fifo_path, 0600), fifo_path);
	fifo_fd = open(fifo_path, O_RDWR | O_CLOEXEC);
	require(fifo_fd == -1, fifo_path);
	require(pipe2(pipe_fd, O_CLOEXEC) || fstat(pipe_fd[0], &st), "pipe");
	printf("pipe pipe:[%lu]\nflock %s\nfifo %s\n", (unsigned long)st.st_ino, flock_path,
	       fifo_path);
}

static void prepare(const char *directory)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	errno = pthread_sigmask(SIG_BLOCK, &set, NULL);
	require(errno, "pthread_sigmask");
	event_fd = eventfd(0, EFD_CLOEXEC);
	timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
	require(event_fd == -1 || timer_fd == -1 || signal_fd == -1, "eventfd, timerfd, signalfd");
	make_files(directory);
	make_tcp();
	make_unix(directory);
	pthread_barrier_init(&together, NULL, NKINDS + 1);
}

int main(int argc, char **argv)
{
	pthread_t thread[NKINDS];

	if (argc != 2) {
		fprintf(stderr, "usage: things DIRECTORY\n");
		return 2;
	}
	prepare(argv[1]);
	for (size_t i = 0; i < NKINDS; i++) {
		errno = pthread_create(&thread[i], NULL, run_kind, (void *)&kinds[i]);
		require(errno, "pthread_create");
	}
	for (int round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < NKINDS; i++)
			if (kinds[i].prepare)
				kinds[i].prepare();
		pthread_barrier_wait(&together);
		sleep_for_block();
		for (size_t i = 0; i < NKINDS; i++)
			if (kinds[i].release)
				kinds[i].release();
		pthread_barrier_wait(&together);
	}
	for (size_t i = 0; i < NKINDS; i++)
		pthread_join(thread[i], NULL);
	return 0;
}
