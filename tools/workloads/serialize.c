// SPDX-License-Identifier: GPL-2.0-only
/*
 * serialize: processes that compute large results, and a parent that adds them up.
 *
 * What a profiler should find: results go through a pipe, 64 KiB at a time: they are copied twice,
 * and for each piece one side waits for the other, in send_result() and receive(). With --fixed
 * they are left in memory that both share, and the pipe says only where.
 */
#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/compute.h"
#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/options.h"
#include "lib/run.h"

#define SLOTS 2 /* of shared memory for each process */

struct shared {
	sem_t empty; /* slots */
	uint64_t words[];
};

struct exchange {
	struct run *run;
	bool fixed;
	uint64_t words; /* of a result */
	unsigned int n; /* processes */
	int (*pipe)[2]; /* from each of them */
	struct shared **shared;
};

struct notice {
	uint64_t op, slot;
};

static FRAME void compute_result(uint64_t op, uint64_t *out, uint64_t words)
{
	uint64_t x = op;

	for (uint64_t i = 0; i < words; i++) {
		COMPUTE(x, 1);
		out[i] = x >> 32;
	}
}

static FRAME uint64_t add_up(const uint64_t *in, uint64_t words)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < words; i++)
		sum += in[i];
	return sum;
}

static FRAME void send_result(int fd, const void *data, size_t len)
{
	for (size_t sent = 0; sent < len;)
		sent += (size_t)check_errno(write(fd, (const char *)data + sent, len - sent),
					    "write");
}

/* Returns false at the end. */
static FRAME bool receive(int fd, void *data, size_t len)
{
	for (size_t got = 0; got < len;) {
		long n = check_errno(read(fd, (char *)data + got, len - got), "read");

		if (!n && !got)
			return false;
		if (!n)
			fail("read", EPIPE);
		got += (size_t)n;
	}
	return true;
}

static void worker(void *arg, unsigned int index)
{
	const struct exchange *ex = arg;
	struct shared *shared = ex->shared[index];
	struct notice notice = {0};

	for (unsigned int i = 0; i < ex->n; i++) {
		close(ex->pipe[i][0]);
		if (i != index)
			close(ex->pipe[i][1]);
	}
	while (run__next(ex->run, &notice.op)) {
		uint64_t *words = shared->words + notice.slot * ex->words;

		while (ex->fixed && sem_wait(&shared->empty)) {
			if (errno != EINTR)
				fail("sem_wait", errno);
		}
		compute_result(notice.op, words, ex->words);
		send_result(ex->pipe[index][1], &notice, sizeof(notice));
		if (!ex->fixed)
			send_result(ex->pipe[index][1], words, ex->words * sizeof(*words));
		notice.slot = (notice.slot + 1) % SLOTS;
	}
}

/* One result of process i; false at its end. */
static bool take(const struct exchange *ex, unsigned int i, uint64_t *copy)
{
	const uint64_t *words = copy;
	struct notice notice;

	if (!receive(ex->pipe[i][0], &notice, sizeof(notice)))
		return false;
	if (ex->fixed)
		words = ex->shared[i]->words + notice.slot * ex->words;
	else
		receive(ex->pipe[i][0], copy, ex->words * sizeof(*copy));
	run__add(ex->run, 1, add_up(words, ex->words));
	if (ex->fixed)
		check_errno(sem_post(&ex->shared[i]->empty), "sem_post");
	return true;
}

/* From each in turn: they are equally fast. */
static void gather(const struct exchange *ex)
{
	uint64_t *copy = calloc(ex->words, sizeof(*copy));
	bool *ended = calloc(ex->n, sizeof(*ended));
	unsigned int open = ex->n;

	if (!copy || !ended)
		fail("memory", ENOMEM);
	for (unsigned int i = 0; open; i = (i + 1) % ex->n) {
		if (ended[i] || take(ex, i, copy))
			continue;
		ended[i] = true;
		open--;
	}
	free(copy);
	free(ended);
}

static void exchange__init(struct exchange *ex)
{
	size_t size = sizeof(struct shared) + SLOTS * ex->words * sizeof(uint64_t);

	ex->pipe = calloc(ex->n, sizeof(*ex->pipe));
	ex->shared = calloc(ex->n, sizeof(struct shared *));
	if (!ex->pipe || !ex->shared)
		fail("memory", ENOMEM);
	for (unsigned int i = 0; i < ex->n; i++) {
		check_errno(pipe(ex->pipe[i]), "pipe");
		ex->shared[i] =
			mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (ex->shared[i] == MAP_FAILED)
			fail("mmap", errno);
		check_errno(sem_init(&ex->shared[i]->empty, 1, SLOTS), "sem_init");
	}
}

int main(int argc, char **argv)
{
	struct load load = {.seconds = 1.0, .workers = usable_cpus()};
	struct exchange ex = {0};
	uint64_t kib = 256;
	const struct option_row rows[] = {
		{.name = "kib",
		 .count = &kib,
		 .min = 1,
		 .max = 65536,
		 .help = "size of a result, in KiB"},
		{.name = "fixed", .flag = &ex.fixed, .help = "leave it in shared memory"},
	};
	const struct options opts = {"serialize", "results", rows, 2};
	int code = options__parse(&opts, &load, argc, argv);
	struct crew *crew;

	if (code != OPTIONS_RUN)
		return code;
	ex.n = (unsigned int)load.workers;
	ex.words = kib * 1024 / sizeof(uint64_t);
	exchange__init(&ex);
	ex.run = run__start(&load);
	crew = crew__processes("worker", ex.n, worker, &ex);
	for (unsigned int i = 0; i < ex.n; i++)
		close(ex.pipe[i][1]);
	gather(&ex);
	crew__join(crew);
	return run__finish(ex.run, "serialize", ex.n);
}
