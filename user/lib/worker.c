// SPDX-License-Identifier: GPL-2.0-only
#include "lib/worker.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "lib/helper.h"

struct worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	void (*fn)(void *arg); /* NULL = nothing to do */
	void *arg;
	bool ends;
};

static void *work(void *arg)
{
	struct worker *w = arg;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (!w->fn && !w->ends)
			pthread_cond_wait(&w->changed, &w->lock);
		if (!w->fn)
			break;
		pthread_mutex_unlock(&w->lock);
		w->fn(w->arg);
		pthread_mutex_lock(&w->lock);
		w->fn = NULL;
		pthread_cond_broadcast(&w->changed);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

struct worker *worker__new(void)
{
	struct worker *w = helper__pays() ? calloc(1, sizeof(*w)) : NULL;

	if (!w)
		return NULL;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->changed, NULL);
	if (helper__start(&w->thread, work, w))
		return w;
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
	free(w);
	return NULL;
}

void worker__free(struct worker *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->ends = true;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

/* With the lock held. */
static void wait_idle(struct worker *w)
{
	while (w->fn)
		pthread_cond_wait(&w->changed, &w->lock);
}

void worker__do(struct worker *w, void (*fn)(void *arg), void *arg)
{
	if (!w) {
		fn(arg);
		return;
	}
	pthread_mutex_lock(&w->lock);
	wait_idle(w);
	w->fn = fn;
	w->arg = arg;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
}

void worker__wait(struct worker *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	wait_idle(w);
	pthread_mutex_unlock(&w->lock);
}
