// SPDX-License-Identifier: GPL-2.0-only
#include "truth.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MOST_THREADS 24
#define MOST_OBJECTS 64
#define MOST_EVENTS  (1u << 16) /* per thread */
#define ROOM_LEFT    16

struct event {
	uint64_t ns, what;
};

struct log {
	int tid;
	unsigned int count;
	struct event *events;
};

struct object {
	const char *name;
	const void *address;
	size_t size;
};

static struct log logs[MOST_THREADS];
static unsigned int nlogs;
static struct object objects[MOST_OBJECTS];
static unsigned int nobjects;
static uint64_t deadline;
static __thread struct log *mine;

void truth_need(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(err));
	_exit(99);
}

static uint64_t now(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts))
		truth_need(errno, "clock_gettime");
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

uint64_t truth_now(void)
{
	return now(CLOCK_MONOTONIC);
}

void truth_time(unsigned int ms)
{
	deadline = truth_now() + (uint64_t)ms * 1000000;
}

void truth_begin(void)
{
	size_t bytes = MOST_EVENTS * sizeof(struct event), i;
	char *memory = mmap(NULL, bytes * MOST_THREADS, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		truth_need(errno, "mmap");
	for (i = 0; i < MOST_THREADS; i++)
		logs[i] = (struct log){.events = (struct event *)(void *)(memory + i * bytes)};
	nlogs = 0;
	mine = NULL;
	truth_time(400);
}

void truth_object(const char *name, const void *address, size_t size)
{
	if (nobjects == MOST_OBJECTS)
		truth_need(ENOSPC, "truth_object");
	objects[nobjects++] = (struct object){name, address, size};
}

/* The first touch of the buffer is before the thread measures anything. */
static struct log *new_log(void)
{
	unsigned int index = __atomic_fetch_add(&nlogs, 1, __ATOMIC_RELAXED);

	if (index >= MOST_THREADS)
		truth_need(ENOSPC, "truth_log");
	mine = &logs[index];
	mine->tid = (int)syscall(SYS_gettid);
	memset(mine->events, 0, MOST_EVENTS * sizeof(struct event));
	return mine;
}

bool truth_goes_on(void)
{
	struct log *log = mine ? mine : new_log();

	return log->count + ROOM_LEFT < MOST_EVENTS && truth_now() < deadline;
}

void truth_log(const void *lock, enum truth_what what)
{
	struct log *log = mine ? mine : new_log();

	if (log->count == MOST_EVENTS)
		truth_need(ENOSPC, "truth_log");
	log->events[log->count++] =
		(struct event){truth_now(), (uint64_t)(uintptr_t)lock << 8 | what};
}

void truth_end(void)
{
	const char *base = getenv("TRUTH_LOG");
	char path[4096];
	unsigned int i;
	FILE *out;

	if (!base)
		return;
	snprintf(path, sizeof(path), "%s.%d", base, (int)getpid());
	out = fopen(path, "we");
	if (!out)
		truth_need(errno, path);
	fprintf(out, "truth 1\nprocess %d\n", (int)getpid());
	for (i = 0; i < nobjects; i++)
		fprintf(out, "object %p %zu %s\n", objects[i].address, objects[i].size,
			objects[i].name);
	for (i = 0; i < nlogs; i++)
		fprintf(out, "thread %d %u\n", logs[i].tid, logs[i].count);
	fputc('\n', out);
	for (i = 0; i < nlogs; i++)
		fwrite(logs[i].events, sizeof(struct event), logs[i].count, out);
	if (ferror(out) || fclose(out))
		truth_need(EIO, path);
}

void truth_sleep_us(unsigned int us)
{
	struct timespec ts = {us / 1000000, (long)(us % 1000000) * 1000};

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/*
 * The thread's own CPU clock is a system call: only for long times. Short ones count the wall, so a
 * preempted thread computes less: what matters is how long it holds.
 */
void truth_compute_us(unsigned int us)
{
	clockid_t clock = us < 500 ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID;
	uint64_t end = now(clock) + (uint64_t)us * 1000;

	while (now(clock) < end)
		;
}

void truth_threads(unsigned int count, void *(*start)(void *))
{
	pthread_t threads[MOST_THREADS];
	unsigned int i;

	if (count > MOST_THREADS)
		truth_need(ENOSPC, "truth_threads");
	for (i = 0; i < count; i++)
		truth_need(pthread_create(&threads[i], NULL, start, (void *)(uintptr_t)i),
			   "pthread_create");
	for (i = 0; i < count; i++)
		truth_need(pthread_join(threads[i], NULL), "pthread_join");
}
