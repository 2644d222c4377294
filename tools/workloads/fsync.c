// SPDX-License-Identifier: GPL-2.0-only
/*
 * fsync: threads that write records to disk, and keep an index of them under a lock.
 *
 * What a profiler should find: the mutex journal_lock is held while its holder waits for the disk
 * in save(), and the others wait for the lock: one sync at a time. With --fixed records are saved
 * before the lock is taken, to a file for each thread: the disk is waited for by all at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/compute.h"
#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/options.h"
#include "lib/run.h"

#define UNSUPPORTED  77
#define RECORD	     512
#define RECORD_STEPS (50ULL * STEPS_PER_US)

static pthread_mutex_t journal_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t saved; /* under journal_lock */

struct journal {
	struct run *run;
	bool fixed;
	int *fd; /* one for each thread */
};

static const char *folder(void)
{
	const char *set = getenv("TMPDIR");

	return set && *set ? set : "/var/tmp";
}

/* Has no name once it is open, so that nothing is left of it. */
static int new_file(void)
{
	char path[4096];
	int fd;

	if ((size_t)snprintf(path, sizeof(path), "%s/conctrace-fsync-XXXXXX", folder()) >=
	    sizeof(path))
		fail("TMPDIR", ENAMETOOLONG);
	fd = (int)check_errno(mkostemp(path, O_CLOEXEC), folder());
	check_errno(unlink(path), path);
	return fd;
}

static FRAME void save(int fd, const uint64_t *record)
{
	check_errno(write(fd, record, RECORD), "write");
	check_errno(fsync(fd), "fsync");
	FRAME_END();
}

static FRAME uint64_t make_record(uint64_t op, uint64_t *record)
{
	uint64_t x = op;

	COMPUTE(x, RECORD_STEPS);
	for (size_t i = 0; i < RECORD / sizeof(*record); i++)
		record[i] = x;
	return x;
}

static void worker(void *arg, unsigned int index)
{
	struct journal *journal = arg;
	uint64_t record[RECORD / sizeof(uint64_t)], op, x;

	while (run__next(journal->run, &op)) {
		x = make_record(op, record);
		if (journal->fixed)
			save(journal->fd[index], record);
		check(pthread_mutex_lock(&journal_lock), "pthread_mutex_lock");
		if (!journal->fixed)
			save(journal->fd[0], record);
		saved++;
		check(pthread_mutex_unlock(&journal_lock), "pthread_mutex_unlock");
		run__add(journal->run, 1, x);
	}
}

static bool is_on_disk(int fd)
{
	struct statfs fs;

	check_errno(fstatfs(fd, &fs), "fstatfs");
	return fs.f_type != TMPFS_MAGIC && fs.f_type != RAMFS_MAGIC;
}

int main(int argc, char **argv)
{
	struct load load = {.seconds = 1.0, .workers = 8};
	struct journal journal = {0};
	const struct option_row rows[] = {
		{.name = "fixed", .flag = &journal.fixed, .help = "save outside the lock"},
	};
	const struct options opts = {"fsync", "records", rows, 1};
	int code = options__parse(&opts, &load, argc, argv);

	if (code != OPTIONS_RUN)
		return code;
	journal.fd = calloc(load.workers, sizeof(*journal.fd));
	if (!journal.fd)
		fail("memory", ENOMEM);
	for (unsigned int i = 0; i < load.workers; i++)
		journal.fd[i] = new_file();
	if (!is_on_disk(journal.fd[0])) {
		fprintf(stderr, "fsync: %s is in memory: set TMPDIR to a directory on a disk\n",
			folder());
		return UNSUPPORTED;
	}
	journal.run = run__start(&load);
	crew__join(crew__threads("worker", (unsigned int)load.workers, worker, &journal));
	for (unsigned int i = 0; i < load.workers; i++)
		close(journal.fd[i]);
	free(journal.fd);
	return run__finish(journal.run, "fsync", (unsigned int)load.workers);
}
