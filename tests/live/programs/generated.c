// SPDX-License-Identifier: GPL-2.0-only
/*
 * generated KIND [FILE OFFSET]: runs code that no compiler made, which calls nap_often():
 *   map     code in memory, described in /tmp/perf-PID.map
 *   mute    the same, not described
 *   fifo    the same, and that file is a FIFO
 *   link    the same, and that file is a symbolic link to a description
 *   file    the code is at OFFSET of FILE, which is mapped to be executed
 * The code is: push rbp; mov rbp, rsp; call rdi; pop rbp; ret.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NAPS   30
#define NAP_NS 10000000
#define BYTES  4096

static const unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3};
static char described[64], target[80];

static void require(int bad, const char *what)
{
	if (!bad)
		return;
	fprintf(stderr, "generated: %s: %s\n", what, strerror(errno));
	exit(1);
}

static __attribute__((noipa)) void nap_often(void)
{
	for (int i = 0; i < NAPS; i++) {
		struct timespec ts = {.tv_nsec = NAP_NS};

		while (nanosleep(&ts, &ts))
			require(errno != EINTR, "nanosleep");
	}
	__asm__ volatile("");
}

static void describe(const char *path, const void *memory)
{
	FILE *file = fopen(path, "we");

	require(!file, path);
	fprintf(file, "%lx %zx generated_step\n", (unsigned long)memory, sizeof(code));
	require(fclose(file), path);
}

/* Code in memory, made as just-in-time compilers do: written first, then executable. */
static unsigned char *generate(void)
{
	unsigned char *memory =
		mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	require(memory == MAP_FAILED, "mmap");
	memcpy(memory, code, sizeof(code));
	require(mprotect(memory, BYTES, PROT_READ | PROT_EXEC), "mprotect");
	return memory;
}

static unsigned char *map_file(const char *path, const char *offset)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char *memory;
	struct stat st;

	require(fd == -1 || fstat(fd, &st), path);
	memory = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	require(memory == MAP_FAILED, path);
	close(fd);
	return memory + atol(offset);
}

int main(int argc, char **argv)
{
	const char *kind = argc > 1 ? argv[1] : "";
	unsigned char *memory = argc == 4 ? map_file(argv[2], argv[3]) : generate();
	void (*run)(void (*fn)(void));

	snprintf(described, sizeof(described), "/tmp/perf-%d.map", (int)getpid());
	snprintf(target, sizeof(target), "%s.target", described);
	if (!strcmp(kind, "map")) {
		describe(described, memory);
	} else if (!strcmp(kind, "fifo")) {
		require(mkfifo(described, 0644), described);
	} else if (!strcmp(kind, "link")) {
		describe(target, memory);
		require(symlink(target, described), described);
	} else if (strcmp(kind, "mute") != 0 && (strcmp(kind, "file") != 0 || argc != 4)) {
		fprintf(stderr, "usage: generated map|mute|fifo|link|file [FILE OFFSET]\n");
		return 2;
	}
	puts(described);
	*(void **)&run = memory;
	run(nap_often);
	return 0;
}
