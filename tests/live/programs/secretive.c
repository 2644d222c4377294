// SPDX-License-Identifier: GPL-2.0-only
/*
 * secretive ARGUMENT PIPE: waits with secrets on its stack, in registers' reach, in its arguments,
 * in a thread's name, in the path of what it waits for. Those on the stack are in no file: they are
 * made up when it runs.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define LEN 48

static const char *path;

/* Shifted by one: "stack-treasure-...". */
static void make_secret(volatile char *to)
{
	static const char shifted[] = "tubdl.usfbtvsf.uif.lfz.up.fwfszuijoh";
	size_t i;

	for (i = 0; shifted[i]; i++)
		to[i] = (char)(shifted[i] - 1);
	to[i] = '\0';
}

/* Short ones fill the lower bytes of a word, as addresses do. */
static void make_short(volatile char *to)
{
	static const char shifted[] = "hpme54";
	size_t i;

	for (i = 0; i < 8; i++)
		to[i] = i < 6 ? (char)(shifted[i] - 1) : '\0';
}

static __attribute__((noinline)) int wait_with(int fd, const volatile char *secret)
{
	volatile char pins[8][8];
	char byte;
	int i, n = 0;

	for (i = 0; i < 8; i++)
		make_short(pins[i]);
	while (read(fd, &byte, 1) == 1)
		n += byte;
	return n + secret[0] + pins[7][5];
}

static void *feed(void *arg)
{
	struct timespec pause = {.tv_nsec = 20000000};
	int i, fd = open(path, O_WRONLY | O_CLOEXEC);

	(void)arg;
	prctl(PR_SET_NAME, "gem-thread");
	for (i = 0; i < 5; i++) {
		nanosleep(&pause, NULL);
		if (write(fd, "x", 1) != 1)
			break;
	}
	close(fd);
	return NULL;
}

int main(int argc, char **argv)
{
	volatile char secret[LEN];
	pthread_t thread;
	int fd;

	if (argc != 3)
		return 2;
	path = argv[2];
	if (pthread_create(&thread, NULL, feed, NULL))
		return 1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	make_secret(secret);
	if (fd < 0 || !wait_with(fd, secret))
		return 1;
	pthread_join(thread, NULL);
	close(fd);
	return 0;
}
