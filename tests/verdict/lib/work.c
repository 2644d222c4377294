// SPDX-License-Identifier: GPL-2.0-only
#include "work.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/fail.h"

#define KNOWN	  "WORK_STEPS_PER_US"
#define TRIAL_US  500
#define TRIALS	  6
#define GUESS	  500.0
#define NS_PER_US 1000.0

double work__steps_per_us = GUESS;

static double cpu_ns(void)
{
	struct timespec ts;

	check_errno(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts), "clock_gettime");
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

/* The fastest of several trials: the others were disturbed. */
static void measure(void)
{
	double best = 0, start, rate;
	char text[32];

	for (int i = 0; i < TRIALS; i++) {
		start = cpu_ns();
		COMPUTE_US(TRIAL_US);
		rate = TRIAL_US * work__steps_per_us / (cpu_ns() - start) * NS_PER_US;
		if (rate > best)
			best = rate;
	}
	work__steps_per_us = best;
	snprintf(text, sizeof(text), "%.3f", best);
	check_errno(setenv(KNOWN, text, 1), "setenv");
}

int work__main(const struct play *plays, unsigned int n, char **argv)
{
	const char *known = getenv(KNOWN), *wanted = argv[1] ? argv[1] : "";

	fail__set_name(argv[0]);
	if (known)
		work__steps_per_us = strtod(known, NULL);
	else
		measure();
	for (unsigned int i = 0; i < n; i++) {
		if (strcmp(plays[i].name, wanted))
			continue;
		plays[i].run();
		return 0;
	}
	fprintf(stderr, "%s: no play \"%s\"; there are:", argv[0], wanted);
	for (unsigned int i = 0; i < n; i++)
		fprintf(stderr, " %s", plays[i].name);
	fputc('\n', stderr);
	return 2;
}

uint32_t work__random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t not_empty, not_full;
	unsigned int depth, first, count;
	long items[];
};

struct queue *queue__new(unsigned int depth)
{
	struct queue *queue = calloc(1, sizeof(*queue) + depth * sizeof(queue->items[0]));

	if (!queue)
		fail("memory", ENOMEM);
	check(pthread_mutex_init(&queue->lock, NULL), "pthread_mutex_init");
	check(pthread_cond_init(&queue->not_empty, NULL), "pthread_cond_init");
	check(pthread_cond_init(&queue->not_full, NULL), "pthread_cond_init");
	queue->depth = depth;
	return queue;
}

void queue__push(struct queue *queue, long item)
{
	pthread_mutex_lock(&queue->lock);
	while (queue->count == queue->depth)
		pthread_cond_wait(&queue->not_full, &queue->lock);
	queue->items[(queue->first + queue->count++) % queue->depth] = item;
	pthread_cond_signal(&queue->not_empty);
	pthread_mutex_unlock(&queue->lock);
}

long queue__pop(struct queue *queue)
{
	long item;

	pthread_mutex_lock(&queue->lock);
	while (!queue->count)
		pthread_cond_wait(&queue->not_empty, &queue->lock);
	item = queue->items[queue->first];
	queue->first = (queue->first + 1) % queue->depth;
	queue->count--;
	pthread_cond_signal(&queue->not_full);
	pthread_mutex_unlock(&queue->lock);
	return item;
}
