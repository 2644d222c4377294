// SPDX-License-Identifier: GPL-2.0-only
#include "lib/run.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>

#include "lib/fail.h"
#include "lib/options.h"

#define NS_PER_S 1000000000ULL

struct run {
	uint64_t start_ns, deadline_ns, work;
	atomic_uint_fast64_t next, ops, sum, longest_ns;
};

uint64_t now_ns(void)
{
	struct timespec ts;

	check_errno(clock_gettime(CLOCK_MONOTONIC, &ts), "clock_gettime");
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

unsigned int usable_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1; /* more CPUs than the set has room for: any number will do */
	return (unsigned int)CPU_COUNT(&set);
}

struct timespec timespec_of(uint64_t ns)
{
	return (struct timespec){(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};
}

struct run *run__start(const struct load *load)
{
	struct run *run =
		mmap(NULL, sizeof(*run), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (run == MAP_FAILED)
		fail("mmap", errno);
	run->start_ns = now_ns();
	run->work = load->work ? load->work : UINT64_MAX;
	run->deadline_ns = UINT64_MAX;
	if (load->seconds > 0)
		run->deadline_ns = run->start_ns + (uint64_t)(load->seconds * NS_PER_S);
	return run;
}

bool run__next(struct run *run, uint64_t *op)
{
	if (run->deadline_ns != UINT64_MAX && now_ns() >= run->deadline_ns)
		return false;
	*op = atomic_fetch_add(&run->next, 1);
	return *op < run->work;
}

uint64_t run__deadline(const struct run *run)
{
	return run->deadline_ns;
}

void run__add(struct run *run, uint64_t ops, uint64_t sum)
{
	atomic_fetch_add(&run->ops, ops);
	atomic_fetch_add(&run->sum, sum);
}

uint64_t run__ops(struct run *run)
{
	return atomic_load(&run->ops);
}

void run__took(struct run *run, uint64_t ns)
{
	uint_fast64_t seen = atomic_load(&run->longest_ns);

	while (ns > seen && !atomic_compare_exchange_weak(&run->longest_ns, &seen, ns))
		;
}

uint64_t run__longest(struct run *run)
{
	return atomic_load(&run->longest_ns);
}

int run__finish(struct run *run, const char *name, unsigned int workers)
{
	double seconds = (double)(now_ns() - run->start_ns) / NS_PER_S;
	uint64_t ops = atomic_load(&run->ops), sum = atomic_load(&run->sum);

	check_errno(munmap(run, sizeof(*run)), "munmap");
	printf("%s: ops=%" PRIu64 " seconds=%.3f ops_per_s=%.1f workers=%u checksum=%016" PRIx64
	       "\n",
	       name, ops, seconds, (double)ops / seconds, workers, sum);
	if (fflush(stdout))
		fail("standard output", errno);
	return 0;
}
