// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits whose kind, holder and waker are known: in each kind a thread of that name waits ROUNDS
 * times for what the thread "bringer" brings LATE_US after it has begun to. See core.py. With an
 * argument: a storm of events.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS	8
#define LATE_US 10000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t book = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t news = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t gate;
static sem_t tokens, held, done; /* held: the bringer has the lock; done: the waiter got it */
static int ends[2], told;

static void need(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "waits: %s: %s\n", what, strerror(err));
	exit(1);
}

static void late(void)
{
	struct timespec time = {0, LATE_US * 1000};

	while (nanosleep(&time, &time) && errno == EINTR)
		;
}

/* --- what is waited for, and who brings it --- */

static void wait_mutex(void)
{
	while (sem_trywait(&held))
		; /* not asleep: this wait is none of those */
	need(pthread_mutex_lock(&lock), "pthread_mutex_lock");
	pthread_mutex_unlock(&lock);
	sem_post(&done);
}

static void bring_mutex(void)
{
	need(pthread_mutex_lock(&lock), "pthread_mutex_lock");
	sem_post(&held);
	late();
	pthread_mutex_unlock(&lock);
	while (sem_trywait(&done))
		;
}

static void wait_rwlock(void)
{
	while (sem_trywait(&held))
		;
	need(pthread_rwlock_rdlock(&book), "pthread_rwlock_rdlock");
	pthread_rwlock_unlock(&book);
	sem_post(&done);
}

static void bring_rwlock(void)
{
	need(pthread_rwlock_wrlock(&book), "pthread_rwlock_wrlock");
	sem_post(&held);
	late();
	pthread_rwlock_unlock(&book);
	while (sem_trywait(&done))
		;
}

static void wait_condvar(void)
{
	pthread_mutex_lock(&door);
	while (!told)
		pthread_cond_wait(&news, &door);
	told--;
	pthread_mutex_unlock(&door);
}

static void bring_condvar(void)
{
	late();
	pthread_mutex_lock(&door);
	told++;
	pthread_cond_signal(&news);
	pthread_mutex_unlock(&door);
}

static void wait_semaphore(void)
{
	while (sem_wait(&tokens))
		;
}

static void bring_semaphore(void)
{
	late();
	sem_post(&tokens);
}

static void wait_barrier(void)
{
	pthread_barrier_wait(&gate);
}

static void bring_barrier(void)
{
	late();
	pthread_barrier_wait(&gate);
}

static void wait_pipe(void)
{
	char c;

	need(read(ends[0], &c, 1) == 1 ? 0 : EIO, "read");
}

static void bring_pipe(void)
{
	late();
	need(write(ends[1], "x", 1) == 1 ? 0 : EIO, "write");
}

static void *live(void *arg)
{
	prctl(PR_SET_NAME, "bringer");
	late();
	return arg;
}

static void wait_join(void)
{
	pthread_t thread;

	need(pthread_create(&thread, NULL, live, NULL), "pthread_create");
	need(pthread_join(thread, NULL), "pthread_join");
}

static const struct kind {
	const char *name;
	void (*wait)(void), (*bring)(void);
} kinds[] = {
	{"mutex", wait_mutex, bring_mutex},
	{"rwlock", wait_rwlock, bring_rwlock},
	{"condvar", wait_condvar, bring_condvar},
	{"semaphore", wait_semaphore, bring_semaphore},
	{"barrier", wait_barrier, bring_barrier},
	{"pipe", wait_pipe, bring_pipe},
	{"join", wait_join, NULL},
	{"sleep", late, NULL},
};

static void *waiter(void *arg)
{
	const struct kind *kind = arg;
	int i;

	prctl(PR_SET_NAME, kind->name);
	for (i = 0; i < ROUNDS; i++)
		kind->wait();
	return NULL;
}

static void *bringer(void *arg)
{
	const struct kind *kind = arg;
	int i;

	prctl(PR_SET_NAME, "bringer");
	for (i = 0; i < ROUNDS; i++)
		kind->bring();
	return NULL;
}

/* --- more events than anybody can take: on each CPU two threads that hand a token to and fro ---
 */

#define STORMY_CPUS 2
#define STORM_S	    1

static sem_t turn[STORMY_CPUS][2];
static atomic_bool over;

static void *storm(void *arg)
{
	sem_t *mine = arg, *pair = turn[(mine - turn[0]) / 2], *other = &pair[mine == &pair[0]];
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET((mine - turn[0]) / 2, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	while (!over) {
		sem_post(other);
		sem_wait(mine);
	}
	sem_post(other);
	return NULL;
}

static int storms(void)
{
	pthread_t threads[2 * STORMY_CPUS];
	int i;

	for (i = 0; i < 2 * STORMY_CPUS; i++)
		sem_init(&turn[0][i], 0, 0);
	for (i = 0; i < 2 * STORMY_CPUS; i++)
		need(pthread_create(&threads[i], NULL, storm, &turn[0][i]), "pthread_create");
	sleep(STORM_S);
	over = true;
	for (i = 0; i < 2 * STORMY_CPUS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}

int main(int argc, char **argv)
{
	size_t i;

	(void)argv;
	if (argc > 1)
		return storms();
	need(pthread_barrier_init(&gate, NULL, 2), "pthread_barrier_init");
	need(sem_init(&tokens, 0, 0) || sem_init(&held, 0, 0) || sem_init(&done, 0, 0), "sem_init");
	need(pipe(ends) ? errno : 0, "pipe");
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		pthread_t threads[2];

		need(pthread_create(&threads[0], NULL, waiter, (void *)&kinds[i]),
		     "pthread_create");
		if (kinds[i].bring)
			need(pthread_create(&threads[1], NULL, bringer, (void *)&kinds[i]),
			     "pthread_create");
		pthread_join(threads[0], NULL);
		if (kinds[i].bring)
			pthread_join(threads[1], NULL);
	}
	return 0;
}
