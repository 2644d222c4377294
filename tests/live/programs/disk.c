// SPDX-License-Identifier: GPL-2.0-only
/*
 * disk sync|fault|both|buffer|minor FILE N: waits for the disk that holds the file, but for the
 * last sync    N times: writes a page, and fsync fault   touches N pages of the file, far from each
 * other, that are not in memory both    the same in turn with FILE.other, of which it touches 2 N
 * pages buffer  writes N such pages into a pipe: the faults are inside the system call minor
 * touches N pages of the file that are in memory, and N of no file
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *path;

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

/* N pages of the file, APART from each other, mapped. */
static void *map_pages(int fd, long n, int forget)
{
	static const char page[PAGE] = {1};
	void *memory;

	for (long i = 0; i < n; i++)
		require(pwrite(fd, page, PAGE, i * APART) != PAGE, "pwrite");
	require(fsync(fd), "fsync");
	if (forget)
		require(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), "posix_fadvise");
	memory = mmap(NULL, (size_t)(n * APART), PROT_READ, MAP_SHARED, fd, 0);
	require(memory == MAP_FAILED, "mmap");
	require(madvise(memory, (size_t)(n * APART), MADV_RANDOM), "madvise");
	return memory;
}

static void fault_often(int fd, long n)
{
	require(touch(map_pages(fd, n, 1), n) != n, "content");
}

/* Of a second file twice as many. */
static void fault_in_turn(int fd, long n)
{
	const char *memory[2];
	char name[4096];
	int other, sum = 0;

	snprintf(name, sizeof(name), "%s.other", path);
	other = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	require(other == -1, name);
	memory[0] = map_pages(fd, n, 1);
	memory[1] = map_pages(other, 2 * n, 1);
	for (long i = 0; i < 2 * n; i++) {
		sum += touch(memory[1] + i * APART, 1);
		if (i < n)
			sum += touch(memory[0] + i * APART, 1);
	}
	require(sum != 3 * n, "content");
}

static void write_often(int fd, long n)
{
	const char *memory = map_pages(fd, n, 1);
	char page[PAGE];
	int pipes[2];

	require(pipe(pipes), "pipe");
	for (long i = 0; i < n; i++) {
		require(write(pipes[1], memory + i * APART, PAGE) != PAGE, "write");
		require(read(pipes[0], page, PAGE) != PAGE, "read");
		require(page[0] != 1, "content");
	}
}

static void touch_often(int fd, long n)
{
	void *none = mmap(NULL, (size_t)(n * APART), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	require(none == MAP_FAILED, "mmap");
	require(touch(map_pages(fd, n, 0), n) != n, "content");
	require(touch(none, n) != 0, "content");
}

static const struct {
	const char *name;
	void (*run)(int fd, long n);
} kinds[] = {
	{"sync", sync_often},	 {"fault", fault_often}, {"both", fault_in_turn},
	{"buffer", write_often}, {"minor", touch_often},
};

int main(int argc, char **argv)
{
	const size_t count = sizeof(kinds) / sizeof(kinds[0]);
	size_t kind = 0;
	int fd;

	while (argc == 4 && kind < count && strcmp(argv[1], kinds[kind].name) != 0)
		kind++;
	if (argc != 4 || kind == count) {
		fprintf(stderr, "usage: disk sync|fault|both|buffer|minor FILE N\n");
		return 2;
	}
	path = argv[2];
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	require(fd == -1, path);
	kinds[kind].run(fd, atol(argv[3]));
	return 0;
}
