// SPDX-License-Identifier: GPL-2.0-only
/*
 * rwlock: threads that look things up in a catalogue under a read-write lock, and one that renews
 * it: once for every RENEW look-ups.
 *
 * What a profiler should find: the thread writer-1 holds catalogue_lock to write while it computes
 * in renew(), and the readers wait for it in look_up(): it goes first, as the lock prefers writers.
 * With --fixed it computes the new one beside the old one, and holds the lock only to change them.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

#include "lib/compute.h"
#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/options.h"
#include "lib/run.h"

#define RENEW	      32
#define RENEW_STEPS   (4000ULL * STEPS_PER_US)
#define LOOK_UP_STEPS (100ULL * STEPS_PER_US)

static pthread_rwlock_t catalogue_lock = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static uint64_t catalogue; /* under catalogue_lock */
static sem_t renewal_due;

struct library {
	struct run *run;
	bool fixed;
	volatile bool over; /* no more renewals after those that are due */
};

static FRAME uint64_t look_up(uint64_t op)
{
	uint64_t x = op;

	check(pthread_rwlock_rdlock(&catalogue_lock), "pthread_rwlock_rdlock");
	x += catalogue & 1;
	COMPUTE(x, LOOK_UP_STEPS);
	check(pthread_rwlock_unlock(&catalogue_lock), "pthread_rwlock_unlock");
	return x;
}

static FRAME void renew(const struct library *library)
{
	uint64_t x = 0;

	if (library->fixed)
		COMPUTE(x, RENEW_STEPS);
	check(pthread_rwlock_wrlock(&catalogue_lock), "pthread_rwlock_wrlock");
	if (!library->fixed)
		COMPUTE(x, RENEW_STEPS);
	catalogue = x;
	check(pthread_rwlock_unlock(&catalogue_lock), "pthread_rwlock_unlock");
}

static void reader(void *arg, unsigned int index)
{
	struct library *library = arg;
	uint64_t op;

	(void)index;
	while (run__next(library->run, &op)) {
		if (op % RENEW == 0)
			check_errno(sem_post(&renewal_due), "sem_post");
		look_up(op);
		run__add(library->run, 1, op);
	}
}

static void writer(void *arg, unsigned int index)
{
	struct library *library = arg;

	(void)index;
	for (;;) {
		while (sem_wait(&renewal_due)) {
			if (errno != EINTR)
				fail("sem_wait", errno);
		}
		if (library->over)
			return;
		renew(library);
	}
}

int main(int argc, char **argv)
{
	struct load load = {.seconds = 1.0, .workers = 4};
	struct library library = {0};
	const struct option_row rows[] = {
		{.name = "fixed",
		 .flag = &library.fixed,
		 .help = "compute the new one outside the lock"},
	};
	const struct options opts = {"rwlock", "look-ups", rows, 1};
	int code = options__parse(&opts, &load, argc, argv);
	struct crew *crew;

	if (code != OPTIONS_RUN)
		return code;
	check_errno(sem_init(&renewal_due, 0, 0), "sem_init");
	library.run = run__start(&load);
	crew = crew__threads("writer", 1, writer, &library);
	crew__join(crew__threads("reader", (unsigned int)load.workers, reader, &library));
	library.over = true;
	check_errno(sem_post(&renewal_due), "sem_post");
	crew__join(crew);
	return run__finish(library.run, "rwlock", (unsigned int)load.workers);
}
