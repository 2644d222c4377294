// SPDX-License-Identifier: GPL-2.0-only
/*
 * pool: a fixed pool of threads, as many as CPUs. Each job is cut into chunks, is done when all
 * of them are, and then comes the next.
 *
 * What a profiler should find: chunks grow from the first to the last, and each thread is dealt
 * as many of them in a row: the last thread of the pool computes in chunk() when the others have
 * nothing left to do, and CPUs idle. With --even all chunks are alike; with --fixed they are not,
 * but each thread fetches the next one when it is free, the largest first: CPUs are busy.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "lib/compute.h"
#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/options.h"
#include "lib/run.h"

#define CHUNKS	   16 /* per thread and job */
#define MEAN_STEPS (500ULL * STEPS_PER_US)

static pthread_mutex_t job_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t job_ready = PTHREAD_COND_INITIALIZER;
static pthread_cond_t job_done = PTHREAD_COND_INITIALIZER;

struct pool {
	struct run *run;
	bool even, uneven, fixed;
	unsigned int threads;
	uint64_t chunks;
	/* under job_lock */
	uint64_t job, serial; /* serial: jobs given out so far */
	unsigned int busy;
	bool over;
	/* --fixed: the next one to be fetched */
	atomic_uint_fast64_t next;
};

/* Both kinds add up to the same. */
static uint64_t steps_of(const struct pool *pool, uint64_t chunk)
{
	uint64_t all = pool->chunks * MEAN_STEPS;

	if (pool->even)
		return MEAN_STEPS;
	/* By the square of its place: some are far larger. */
	return all * (chunk + 1) * (chunk + 1) * 6 /
	       (pool->chunks * (pool->chunks + 1) * (2 * pool->chunks + 1));
}

static FRAME uint64_t chunk(const struct pool *pool, uint64_t job, uint64_t n)
{
	uint64_t x = job * pool->chunks + n;

	COMPUTE(x, steps_of(pool, n));
	return x;
}

static void do_dealt(const struct pool *pool, unsigned int index, uint64_t job)
{
	for (uint64_t n = (uint64_t)index * CHUNKS; n < (index + 1ULL) * CHUNKS; n++)
		chunk(pool, job, n);
}

static void do_fetched(struct pool *pool, uint64_t job)
{
	uint64_t n;

	while ((n = atomic_fetch_add(&pool->next, 1)) < pool->chunks)
		chunk(pool, job, pool->chunks - 1 - n);
}

static FRAME bool wait_for_job(struct pool *pool, uint64_t *serial, uint64_t *job)
{
	bool over;

	check(pthread_mutex_lock(&job_lock), "pthread_mutex_lock");
	while (pool->serial == *serial && !pool->over)
		check(pthread_cond_wait(&job_ready, &job_lock), "pthread_cond_wait");
	over = pool->serial == *serial;
	*serial = pool->serial;
	*job = pool->job;
	check(pthread_mutex_unlock(&job_lock), "pthread_mutex_unlock");
	return !over;
}

static void worker(void *arg, unsigned int index)
{
	struct pool *pool = arg;
	uint64_t serial = 0, job;

	while (wait_for_job(pool, &serial, &job)) {
		if (pool->fixed)
			do_fetched(pool, job);
		else
			do_dealt(pool, index, job);
		check(pthread_mutex_lock(&job_lock), "pthread_mutex_lock");
		if (!--pool->busy)
			check(pthread_cond_signal(&job_done), "pthread_cond_signal");
		check(pthread_mutex_unlock(&job_lock), "pthread_mutex_unlock");
	}
}

static void give_jobs(struct pool *pool)
{
	uint64_t job;

	check(pthread_mutex_lock(&job_lock), "pthread_mutex_lock");
	while (run__next(pool->run, &job)) {
		pool->job = job;
		pool->serial++;
		pool->busy = pool->threads;
		atomic_store(&pool->next, 0);
		check(pthread_cond_broadcast(&job_ready), "pthread_cond_broadcast");
		while (pool->busy)
			check(pthread_cond_wait(&job_done, &job_lock), "pthread_cond_wait");
		run__add(pool->run, 1, job);
	}
	pool->over = true;
	check(pthread_cond_broadcast(&job_ready), "pthread_cond_broadcast");
	check(pthread_mutex_unlock(&job_lock), "pthread_mutex_unlock");
}

int main(int argc, char **argv)
{
	struct load load = {.seconds = 1.0, .workers = usable_cpus()};
	struct pool pool = {0};
	const struct option_row rows[] = {
		{.name = "even", .flag = &pool.even, .help = "chunks of one size"},
		{.name = "uneven", .flag = &pool.uneven, .help = "chunks that grow (the default)"},
		{.name = "fixed", .flag = &pool.fixed, .help = "each thread fetches the next one"},
	};
	const struct options opts = {"pool", "jobs", rows, 3};
	int code = options__parse(&opts, &load, argc, argv);
	struct crew *crew;

	if (code != OPTIONS_RUN)
		return code;
	if (pool.even && pool.uneven)
		return options__reject(&opts, "--even and --uneven exclude each other");
	pool.threads = (unsigned int)load.workers;
	pool.chunks = load.workers * CHUNKS;
	pool.run = run__start(&load);
	crew = crew__threads("worker", pool.threads, worker, &pool);
	give_jobs(&pool);
	crew__join(crew);
	return run__finish(pool.run, "pool", pool.threads);
}
