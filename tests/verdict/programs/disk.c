// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs that wait for the disk, and such that use files and do not. They work in the current
 * folder; "prepare" makes the file that the others read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/run.h"
#include "work.h"

#define BLOCK  4096
#define BLOCKS 8192
#define INPUT  "verdict-input"
#define OUTPUT "verdict-records"

static void play_prepare(void)
{
	int fd = (int)check_errno(open(INPUT, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600),
				  INPUT);
	char block[BLOCK] = {1};

	for (int i = 0; i < BLOCKS; i++)
		check_errno(write(fd, block, sizeof(block)), "write");
	check_errno(fsync(fd), "fsync");
	check(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), "posix_fadvise");
	close(fd);
}

static FRAME void save_record(int fd)
{
	char record[200] = {0};

	check_errno(write(fd, record, sizeof(record)), "write");
	check_errno(fsync(fd), "fsync");
	FRAME_END();
}

static void play_fsync(void)
{
	int fd = (int)check_errno(open(OUTPUT, O_CREAT | O_WRONLY | O_CLOEXEC, 0600), OUTPUT);
	uint64_t end = now_ns() + 400000000;

	while (now_ns() < end) {
		COMPUTE_US(10);
		save_record(fd);
	}
	close(fd);
}

static FRAME void read_block(int fd, void *block, unsigned int number)
{
	check_errno(pread(fd, block, BLOCK, (off_t)number * BLOCK), "pread");
	FRAME_END();
}

static void read_at_random(int flags)
{
	int fd = (int)check_errno(open(INPUT, O_RDONLY | O_CLOEXEC | flags), INPUT);
	uint64_t end = now_ns() + 400000000;
	uint32_t state = 1;
	void *block = aligned_alloc(BLOCK, BLOCK);

	if (!block)
		fail("memory", ENOMEM);
	check(posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM), "posix_fadvise");
	while (now_ns() < end) {
		unsigned int number = work__random(&state) % BLOCKS;

		read_block(fd, block, number);
		if (!flags)
			check(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), "posix_fadvise");
		COMPUTE_US(5);
	}
	close(fd);
}

static void play_direct(void)
{
	read_at_random(O_DIRECT);
}

static void play_uncached(void)
{
	read_at_random(0);
}

/* What it reads is in memory: play "warm" is run first. */
static void read_cached(void *arg, unsigned int index)
{
	int fd = (int)check_errno(open(INPUT, O_RDONLY | O_CLOEXEC), INPUT);
	uint32_t state = index + 1;
	char block[BLOCK];

	(void)arg;
	for (int i = 0; i < 4000; i++) {
		read_block(fd, block, work__random(&state) % BLOCKS);
		COMPUTE_US(95);
	}
	close(fd);
}

static void play_cached(void)
{
	crew__join(crew__threads("reader", usable_cpus(), read_cached, NULL));
}

static void play_warm(void)
{
	int fd;
	char block[BLOCK];

	play_prepare();
	fd = (int)check_errno(open(INPUT, O_RDONLY | O_CLOEXEC), INPUT);
	while (check_errno(read(fd, block, sizeof(block)), "read"))
		;
	close(fd);
}

/* Written, but left to the kernel to bring to the disk. */
static void write_unsynced(void *arg, unsigned int index)
{
	char name[] = OUTPUT "-0", block[BLOCK] = {0};
	int fd;

	(void)arg;
	name[sizeof(name) - 2] = (char)('0' + index % 10);
	fd = (int)check_errno(open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600), name);
	for (int i = 0; i < 2000; i++) {
		check_errno(write(fd, block, sizeof(block)), "write");
		COMPUTE_US(180);
	}
	close(fd);
}

static void play_unsynced(void)
{
	crew__join(crew__threads("writer", usable_cpus(), write_unsynced, NULL));
}

int main(int argc, char **argv)
{
	static const struct play plays[] = {
		{"prepare", play_prepare},   {"warm", play_warm},	  {"fsync", play_fsync},
		{"direct", play_direct},     {"uncached", play_uncached}, {"cached", play_cached},
		{"unsynced", play_unsynced},
	};

	(void)argc;
	return PLAYS(plays, argv);
}
