// SPDX-License-Identifier: GPL-2.0-only
/*
 * disk sync FILE N | fault FILE N: waits for the disk that holds the file.
 *   sync    N times: writes a page, and fsync
 *   fault   touches N pages of the file, far from each other, that are not in memory
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE  4096
#define APART (256L * PAGE) /* more than is read ahead */

static void require(int bad, const char *what)
{
	if (!bad)
		return;
	fprintf(stderr, "disk: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void sync_often(int fd, long n)
{
	static const char page[PAGE] = {1};

	while (n--) {
		require(write(fd, page, PAGE) != PAGE, "write");
		require(fsync(fd), "fsync");
	}
}

__attribute__((noipa)) static int touch(const volatile char *memory, long n)
{
	int sum = 0;

	for (long i = 0; i < n; i++)
		sum += memory[i * APART];
	return sum;
}

static void fault_often(int fd, long n)
{
	static const char page[PAGE] = {1};
	void *memory;

	for (long i = 0; i < n; i++)
		require(pwrite(fd, page, PAGE, i * APART) != PAGE, "pwrite");
	require(fsync(fd), "fsync");
	require(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), "posix_fadvise");
	memory = mmap(NULL, (size_t)(n * APART), PROT_READ, MAP_SHARED, fd, 0);
	require(memory == MAP_FAILED, "mmap");
	require(madvise(memory, (size_t)(n * APART), MADV_RANDOM), "madvise");
	require(touch(memory, n) != n, "content");
}

int main(int argc, char **argv)
{
	int fd;

	if (argc != 4 || (strcmp(argv[1], "sync") != 0 && strcmp(argv[1], "fault") != 0)) {
		fprintf(stderr, "usage: disk sync|fault FILE N\n");
		return 2;
	}
	fd = open(argv[2], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	require(fd == -1, argv[2]);
	if (!strcmp(argv[1], "sync"))
		sync_often(fd, atol(argv[3]));
	else
		fault_often(fd, atol(argv[3]));
	return 0;
}
