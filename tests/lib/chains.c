// SPDX-License-Identifier: GPL-2.0-only
/*
 * Call chains for tests of unwinding and naming: what argv[1] names stops itself by SIGUSR2, or
 * blocks. Compiled by the tests, with and without what makes it easy.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noclone))
/* Not a tail call, not known to the caller. */
#define OPAQUE() __asm__ volatile("" ::: "memory")

int registry_lock;
static long counters[8];
static int depth;
static volatile long sink;

static inline __attribute__((always_inline)) void marked(void)
{
	raise(SIGUSR2);
}

NOINLINE void innermost(void)
{
	marked();
	OPAQUE();
}

NOINLINE static void middle(int n)
{
	volatile char room[200];

	room[n % 200] = (char)n;
	innermost();
	OPAQUE();
}

NOINLINE static void outer(int n)
{
	middle(n + depth);
	OPAQUE();
}

static int compare(const void *a, const void *b)
{
	outer(1);
	return *(const int *)a - *(const int *)b;
}

NOINLINE static void in_qsort(void)
{
	int numbers[5] = {3, 1, 4, 1, 5};

	qsort(numbers, 5, sizeof(*numbers), compare);
	sink = numbers[0];
}

static void handler(int sig)
{
	outer(sig);
	OPAQUE();
}

NOINLINE static void in_handler(int flags)
{
	static char stack[65536];
	stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	sigaltstack(&alternate, NULL);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	OPAQUE();
}

static void *thread_main(void *arg)
{
	outer((int)(long)arg);
	return NULL;
}

NOINLINE static void in_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, thread_main, NULL);
	pthread_join(thread, NULL);
}

NOINLINE static long deep(int n)
{
	volatile char room[100];

	room[n % 100] = 1;
	if (!n)
		innermost();
	else
		deep(n - 1);
	OPAQUE();
	return room[n % 100];
}

/* To be followed step by step: prologues, PLT, lazy binding, vdso. */
NOINLINE static void steps(void)
{
	struct timespec now;
	char text[64];

	raise(SIGUSR2);
	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(text, sizeof(text), "%ld", (long)strtol("42", NULL, 10));
	sink = (long)strlen(text) + sysconf(_SC_PAGESIZE);
	counters[sink % 8]++;
	raise(SIGUSR2);
}

NOINLINE static void blocked(void)
{
	sink = system("read line");
	OPAQUE();
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "plain";

	if (!strcmp(what, "plain"))
		outer(0);
	else if (!strcmp(what, "qsort"))
		in_qsort();
	else if (!strcmp(what, "signal"))
		in_handler(0);
	else if (!strcmp(what, "altstack"))
		in_handler(SA_ONSTACK);
	else if (!strcmp(what, "thread"))
		in_thread();
	else if (!strcmp(what, "deep"))
		deep(100);
	else if (!strcmp(what, "steps"))
		steps();
	else if (!strcmp(what, "blocked"))
		blocked();
	return registry_lock;
}
