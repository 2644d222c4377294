// SPDX-License-Identifier: GPL-2.0-only
/*
 * deadlock: threads that move money between two accounts, each with a lock of its own. A transfer
 * locks first the account that it takes from, then the one that it gives to.
 *
 * What a profiler should find: one thread goes from checking to savings, another the other way
 * round: each waits in lock_second() for the lock that the other has, for ever. The program gives
 * up when nothing has happened for a while, says so, and exits with 1. With --ordered (or --fixed)
 * the lock of checking is always the first.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/compute.h"
#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/options.h"
#include "lib/run.h"
#include "lib/until.h"

#define MS	       1000000ULL
#define LOOKS	       10 /* in the time after which it gives up */
#define TRANSFER_STEPS (20ULL * STEPS_PER_US)

static pthread_mutex_t checking_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t savings_lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t checking, savings;

struct bank {
	struct run *run;
	bool ordered;
	uint64_t patience_ns;
	atomic_uint_fast64_t done;
	atomic_uint left; /* threads */
	struct until end;
};

static FRAME void lock_first(pthread_mutex_t *lock)
{
	check(pthread_mutex_lock(lock), "pthread_mutex_lock");
	__asm__ volatile("# first"); /* else both are made one function */
}

static FRAME void lock_second(pthread_mutex_t *lock)
{
	check(pthread_mutex_lock(lock), "pthread_mutex_lock");
	__asm__ volatile("# second");
}

static FRAME void transfer(const struct bank *bank, bool to_savings, uint64_t op)
{
	bool checking_first = to_savings || bank->ordered;
	pthread_mutex_t *first = checking_first ? &checking_lock : &savings_lock;
	pthread_mutex_t *second = checking_first ? &savings_lock : &checking_lock;
	uint64_t x = op;

	lock_first(first);
	COMPUTE(x, TRANSFER_STEPS);
	lock_second(second);
	checking += to_savings ? -1 : 1;
	savings += to_savings ? 1 : -1;
	check(pthread_mutex_unlock(second), "pthread_mutex_unlock");
	check(pthread_mutex_unlock(first), "pthread_mutex_unlock");
}

static void worker(void *arg, unsigned int index)
{
	struct bank *bank = arg;
	uint64_t op, x = 0;

	while (run__next(bank->run, &op)) {
		transfer(bank, index % 2 == 0, op);
		run__add(bank->run, 1, op);
		atomic_fetch_add(&bank->done, 1);
		COMPUTE(x, TRANSFER_STEPS);
	}
	if (atomic_fetch_sub(&bank->left, 1) == 1)
		until__set(&bank->end);
}

/* Returns whether all threads ended, or false if they have done nothing for a while. */
static FRAME bool wait_for_end(struct bank *bank)
{
	uint64_t seen = UINT64_MAX, now;
	unsigned int in_vain = 0;

	while (!until__wait(&bank->end, now_ns() + bank->patience_ns / LOOKS)) {
		now = atomic_load(&bank->done);
		in_vain = now == seen ? in_vain + 1 : 0;
		seen = now;
		if (in_vain == LOOKS)
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct load load = {.seconds = 1.0, .workers = 2};
	struct bank bank = {0};
	uint64_t patience_ms = 500;
	bool fixed = false;
	const struct option_row rows[] = {
		{.name = "patience-ms",
		 .count = &patience_ms,
		 .min = 10,
		 .max = 60000,
		 .help = "gives up after such a time without a transfer"},
		{.name = "ordered",
		 .flag = &bank.ordered,
		 .help = "take the locks in the same order everywhere"},
		{.name = "fixed", .flag = &fixed, .help = "the same as --ordered"},
	};
	const struct options opts = {"deadlock", "transfers", rows, 3};
	int code = options__parse(&opts, &load, argc, argv);
	struct crew *crew;

	if (code != OPTIONS_RUN)
		return code;
	bank.ordered |= fixed;
	bank.patience_ns = patience_ms * MS;
	bank.left = (unsigned int)load.workers;
	until__init(&bank.end);
	bank.run = run__start(&load);
	crew = crew__threads("worker", (unsigned int)load.workers, worker, &bank);
	if (wait_for_end(&bank)) {
		crew__join(crew);
		return run__finish(bank.run, "deadlock", (unsigned int)load.workers);
	}
	run__finish(bank.run, "deadlock", (unsigned int)load.workers);
	fprintf(stderr,
		"deadlock: no transfer for %llu ms: the threads wait for each other; "
		"gave up\n",
		(unsigned long long)patience_ms);
	_exit(1);
}
