// SPDX-License-Identifier: GPL-2.0-only
/*
 * waits [DIRECTORY]: one thread per kind of wait, named after it, blocked in it for about 80 ms.
 * Files are made in the directory (default: the current one), which should be on a disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BLOCK_NS 80000000ULL

static pthread_mutex_t contended_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t ready_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready_changed = PTHREAD_COND_INITIALIZER;
static int ready; /* under ready_lock */
static sem_t slots;
static pthread_rwlock_t table_lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t all_here;
static int pipe_fd[2], socket_fd[2], poll_fd[2], epoll_fd[2];
static int flock_fd, fsync_fd;
static char flock_path[4096], fsync_path[4096];

static void require(int bad, const char *what)
{
	if (!bad)
		return;
	perror(what);
	exit(1);
}

/* For pthread calls, which return what others put into errno. */
static void require_zero(int err, const char *what)
{
	errno = err;
	require(err, what);
}

static void sleep_for_block(void)
{
	struct timespec ts = {.tv_nsec = BLOCK_NS};

	while (nanosleep(&ts, &ts) == -1)
		require(errno != EINTR, "nanosleep");
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	require(clock_gettime(CLOCK_MONOTONIC, &ts), "clock_gettime");
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void block_mutex(void)
{
	require_zero(pthread_mutex_lock(&contended_lock), "pthread_mutex_lock");
	require_zero(pthread_mutex_unlock(&contended_lock), "pthread_mutex_unlock");
}

static void release_mutex(void)
{
	require_zero(pthread_mutex_unlock(&contended_lock), "pthread_mutex_unlock");
}

static void block_condvar(void)
{
	require_zero(pthread_mutex_lock(&ready_lock), "pthread_mutex_lock");
	while (!ready)
		require_zero(pthread_cond_wait(&ready_changed, &ready_lock), "pthread_cond_wait");
	require_zero(pthread_mutex_unlock(&ready_lock), "pthread_mutex_unlock");
}

/* Signals after unlocking, so that the woken thread does not meet the lock. */
static void release_condvar(void)
{
	require_zero(pthread_mutex_lock(&ready_lock), "pthread_mutex_lock");
	ready = 1;
	require_zero(pthread_mutex_unlock(&ready_lock), "pthread_mutex_unlock");
	require_zero(pthread_cond_signal(&ready_changed), "pthread_cond_signal");
}

static void block_semaphore(void)
{
	while (sem_wait(&slots))
		require(errno != EINTR, "sem_wait");
}

static void release_semaphore(void)
{
	require(sem_post(&slots), "sem_post");
}

static void block_rwlock(void)
{
	require_zero(pthread_rwlock_rdlock(&table_lock), "pthread_rwlock_rdlock");
	require_zero(pthread_rwlock_unlock(&table_lock), "pthread_rwlock_unlock");
}

static void release_rwlock(void)
{
	require_zero(pthread_rwlock_unlock(&table_lock), "pthread_rwlock_unlock");
}

static void meet_at_barrier(void)
{
	int err = pthread_barrier_wait(&all_here);

	require_zero(err == PTHREAD_BARRIER_SERIAL_THREAD ? 0 : err, "pthread_barrier_wait");
}

static void *join_target(void *arg)
{
	require_zero(pthread_setname_np(pthread_self(), "join-target"), "pthread_setname_np");
	sleep_for_block();
	return arg;
}

static void block_join(void)
{
	pthread_t target;

	require_zero(pthread_create(&target, NULL, join_target, NULL), "pthread_create");
	require_zero(pthread_join(target, NULL), "pthread_join");
}

static void block_pipe(void)
{
	char c;

	require(read(pipe_fd[0], &c, 1) != 1, "read");
}

static void release_pipe(void)
{
	require(write(pipe_fd[1], "x", 1) != 1, "write");
}

static void block_socket(void)
{
	char c;

	require(recv(socket_fd[0], &c, 1, 0) != 1, "recv");
}

static void release_socket(void)
{
	require(send(socket_fd[1], "x", 1, 0) != 1, "send");
}

static void block_poll(void)
{
	struct pollfd pfd = {.fd = poll_fd[0], .events = POLLIN};

	require(poll(&pfd, 1, -1) != 1, "poll");
}

static void release_poll(void)
{
	require(write(poll_fd[1], "x", 1) != 1, "write");
}

static void block_epoll(void)
{
	struct epoll_event ev = {.events = EPOLLIN};
	int fd = epoll_create1(EPOLL_CLOEXEC);

	require(fd == -1, "epoll_create1");
	require(epoll_ctl(fd, EPOLL_CTL_ADD, epoll_fd[0], &ev), "epoll_ctl");
	require(epoll_wait(fd, &ev, 1, -1) != 1, "epoll_wait");
}

static void release_epoll(void)
{
	require(write(epoll_fd[1], "x", 1) != 1, "write");
}

static void block_wait4(void)
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

static void block_sigwait(void)
{
	sigset_t set;
	int signo;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	require_zero(sigwait(&set, &signo), "sigwait");
}

/* SIGUSR1 is blocked in all threads: the one in sigwait() takes it. */
static void release_sigwait(void)
{
	require(kill(getpid(), SIGUSR1), "kill");
}

static void block_fsync(void)
{
	static char page[4096];
	uint64_t end = now_ns() + BLOCK_NS;

	do {
		require(write(fsync_fd, page, sizeof(page)) != sizeof(page), "write");
		require(fsync(fsync_fd), "fsync");
	} while (now_ns() < end);
}

static void block_flock(void)
{
	int fd = open(flock_path, O_RDWR | O_CLOEXEC);

	require(fd == -1, flock_path);
	require(flock(fd, LOCK_EX), "flock");
}

static void release_flock(void)
{
	require(flock(flock_fd, LOCK_UN), "flock");
}

static const struct kind {
	const char *name;
	void (*block)(void);
	void (*release)(void); /* NULL: it ends by itself */
} kinds[] = {
	{"nanosleep", sleep_for_block, NULL},
	{"mutex", block_mutex, release_mutex},
	{"condvar", block_condvar, release_condvar},
	{"semaphore", block_semaphore, release_semaphore},
	{"rwlock", block_rwlock, release_rwlock},
	{"barrier", meet_at_barrier, meet_at_barrier},
	{"join", block_join, NULL},
	{"pipe", block_pipe, release_pipe},
	{"socket", block_socket, release_socket},
	{"poll", block_poll, release_poll},
	{"epoll", block_epoll, release_epoll},
	{"wait4", block_wait4, NULL},
	{"sigwait", block_sigwait, release_sigwait},
	{"fsync", block_fsync, NULL},
	{"flock", block_flock, release_flock},
};

#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

static void *run_kind(void *arg)
{
	const struct kind *kind = arg;

	require_zero(pthread_setname_np(pthread_self(), kind->name), "pthread_setname_np");
	kind->block();
	return NULL;
}

static int make_file(const char *directory, char *path, size_t size)
{
	int fd;

	require(snprintf(path, size, "%s/waits-XXXXXX", directory) >= (int)size, directory);
	fd = mkostemp(path, O_CLOEXEC);
	require(fd == -1, path);
	return fd;
}

/* What the threads block on is taken here, before they start. */
static void prepare(const char *directory)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	require_zero(pthread_sigmask(SIG_BLOCK, &set, NULL), "pthread_sigmask");
	require_zero(pthread_mutex_lock(&contended_lock), "pthread_mutex_lock");
	require(sem_init(&slots, 0, 0), "sem_init");
	require_zero(pthread_rwlock_wrlock(&table_lock), "pthread_rwlock_wrlock");
	require_zero(pthread_barrier_init(&all_here, NULL, 2), "pthread_barrier_init");
	require(pipe(pipe_fd) || pipe(poll_fd) || pipe(epoll_fd), "pipe");
	require(socketpair(AF_UNIX, SOCK_STREAM, 0, socket_fd), "socketpair");
	fsync_fd = make_file(directory, fsync_path, sizeof(fsync_path));
	flock_fd = make_file(directory, flock_path, sizeof(flock_path));
	require(flock(flock_fd, LOCK_EX), "flock");
}

int main(int argc, char **argv)
{
	pthread_t thread[NKINDS];

	if (argc > 2) {
		fprintf(stderr, "usage: waits [DIRECTORY]\n");
		return 2;
	}
	prepare(argc == 2 ? argv[1] : ".");
	for (size_t i = 0; i < NKINDS; i++)
		require_zero(pthread_create(&thread[i], NULL, run_kind, (void *)&kinds[i]),
			     "pthread_create");
	sleep_for_block();
	for (size_t i = 0; i < NKINDS; i++) {
		if (kinds[i].release)
			kinds[i].release();
	}
	for (size_t i = 0; i < NKINDS; i++)
		require_zero(pthread_join(thread[i], NULL), "pthread_join");
	require(unlink(fsync_path) || unlink(flock_path), "unlink");
	return 0;
}
