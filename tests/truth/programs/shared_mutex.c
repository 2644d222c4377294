// SPDX-License-Identifier: GPL-2.0-only
/*
 * A mutex in a file that two processes map, each at an address of its own. Two threads in each hold
 * it for 200 us asleep.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "truth.h"

#define FILE_NAME "truth-shared.mem"
#define OFFSET	  256

static pthread_mutex_t *lock;

static void map_file(size_t bytes)
{
	int fd = open(FILE_NAME, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	char *memory;

	if (fd == -1 || ftruncate(fd, 65536))
		truth_need(errno, FILE_NAME);
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		truth_need(errno, "mmap");
	close(fd);
	lock = (pthread_mutex_t *)(void *)(memory + OFFSET);
}

FRAME void enter_shared(void)
{
	truth_log(lock, TRUTH_WANT);
	truth_need(pthread_mutex_lock(lock), "pthread_mutex_lock");
	truth_log(lock, TRUTH_GOT);
}

FRAME void use_shared(void)
{
	enter_shared();
	truth_sleep_us(200);
	truth_log(lock, TRUTH_RELEASING);
	truth_need(pthread_mutex_unlock(lock), "pthread_mutex_unlock");
	truth_log(lock, TRUTH_RELEASED);
}

static void *sharing_thread(void *arg)
{
	while (truth_goes_on()) {
		use_shared();
		truth_compute_us(20);
	}
	return arg;
}

static void run(size_t bytes)
{
	map_file(bytes);
	truth_begin();
	truth_object("lock", lock, sizeof(pthread_mutex_t));
	truth_threads(2, sharing_thread);
	truth_end();
}

int main(void)
{
	pthread_mutexattr_t attr;
	pid_t child;
	int status;

	map_file(4096);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	truth_need(pthread_mutex_init(lock, &attr), "pthread_mutex_init");
	child = fork();
	if (child == -1)
		truth_need(errno, "fork");
	run(child ? 8192 : 65536);
	if (!child)
		_exit(0);
	if (waitpid(child, &status, 0) != child || status)
		return 1;
	unlink(FILE_NAME);
	return 0;
}
