// SPDX-License-Identifier: GPL-2.0-only
/*
 * herd: one thread has an item to give every now and then, and many wait for one.
 *
 * What a profiler should find: all waiters are woken from the condition item_ready for each item,
 * by give_item(); one of them gets it, and the others go back to wait, having done nothing. With
 * --fixed one is woken.
 */
#include <pthread.h>

#include "lib/compute.h"
#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/options.h"
#include "lib/run.h"

#define ROOM	   64 /* items that may lie ready */
#define MAKE_STEPS (500ULL * STEPS_PER_US)
#define USE_STEPS  (300ULL * STEPS_PER_US)

static pthread_mutex_t item_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t item_ready = PTHREAD_COND_INITIALIZER;
static pthread_cond_t room = PTHREAD_COND_INITIALIZER;

struct herd {
	struct run *run;
	bool fixed;
	/* under item_lock */
	uint64_t item[ROOM];
	unsigned int first, count;
	bool over;
};

static FRAME void give_item(struct herd *h, uint64_t item)
{
	check(pthread_mutex_lock(&item_lock), "pthread_mutex_lock");
	while (h->count == ROOM)
		check(pthread_cond_wait(&room, &item_lock), "pthread_cond_wait");
	h->item[(h->first + h->count++) % ROOM] = item;
	if (h->fixed)
		check(pthread_cond_signal(&item_ready), "pthread_cond_signal");
	else
		check(pthread_cond_broadcast(&item_ready), "pthread_cond_broadcast");
	check(pthread_mutex_unlock(&item_lock), "pthread_mutex_unlock");
}

/* Returns false once there will be no more. */
static FRAME bool take_item(struct herd *h, uint64_t *item)
{
	bool got;

	check(pthread_mutex_lock(&item_lock), "pthread_mutex_lock");
	while (!h->count && !h->over)
		check(pthread_cond_wait(&item_ready, &item_lock), "pthread_cond_wait");
	got = h->count > 0;
	if (got) {
		*item = h->item[h->first];
		h->first = (h->first + 1) % ROOM;
		h->count--;
		check(pthread_cond_signal(&room), "pthread_cond_signal");
	}
	check(pthread_mutex_unlock(&item_lock), "pthread_mutex_unlock");
	return got;
}

static FRAME uint64_t make_item(uint64_t op)
{
	uint64_t x = op;

	COMPUTE(x, MAKE_STEPS);
	return x;
}

static FRAME uint64_t use_item(uint64_t item)
{
	uint64_t x = ~item;

	COMPUTE(x, USE_STEPS);
	return x;
}

static void worker(void *arg, unsigned int index)
{
	struct herd *h = arg;
	uint64_t item;

	(void)index;
	while (take_item(h, &item))
		run__add(h->run, 1, use_item(item));
}

static void source(void *arg, unsigned int index)
{
	struct herd *h = arg;
	uint64_t op;

	(void)index;
	while (run__next(h->run, &op))
		give_item(h, make_item(op));
	check(pthread_mutex_lock(&item_lock), "pthread_mutex_lock");
	h->over = true;
	check(pthread_cond_broadcast(&item_ready), "pthread_cond_broadcast");
	check(pthread_mutex_unlock(&item_lock), "pthread_mutex_unlock");
}

int main(int argc, char **argv)
{
	struct load load = {.seconds = 1.0, .workers = 32};
	struct herd h = {0};
	const struct option_row rows[] = {
		{.name = "fixed", .flag = &h.fixed, .help = "wake one thread for one item"},
	};
	const struct options opts = {"herd", "items", rows, 1};
	int code = options__parse(&opts, &load, argc, argv);
	struct crew *crew;

	if (code != OPTIONS_RUN)
		return code;
	h.run = run__start(&load);
	crew = crew__threads("waiter", (unsigned int)load.workers, worker, &h);
	crew__join(crew__threads("source", 1, source, &h));
	crew__join(crew);
	return run__finish(h.run, "herd", (unsigned int)load.workers);
}
