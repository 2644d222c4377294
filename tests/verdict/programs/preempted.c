// SPDX-License-Identifier: GPL-2.0-only
/* Threads that compute under a lock, beside others that take the CPUs from them. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/run.h"
#include "work.h"

#define WORKERS 3

static pthread_mutex_t index_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool done;

static void compute_beside(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	while (!done)
		COMPUTE_US(500);
}

static FRAME void rebuild_index(unsigned int us)
{
	pthread_mutex_lock(&index_lock);
	COMPUTE_US(us);
	pthread_mutex_unlock(&index_lock);
	FRAME_END();
}

static void rebuild_often(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	for (int i = 0; i < 12; i++) {
		rebuild_index(4000);
		COMPUTE_US(200);
	}
}

/* The same work, but only what is found is put in under the lock. */
static void rebuild_outside(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	for (int i = 0; i < 16; i++) {
		COMPUTE_US(4200);
		rebuild_index(1);
	}
}

static void with_hogs(crew_fn fn)
{
	struct crew *hogs = crew__threads("hog", 2 * usable_cpus(), compute_beside, NULL);

	crew__join(crew__threads("worker", WORKERS, fn, NULL));
	done = true;
	crew__join(hogs);
}

static void play_hogs(void)
{
	with_hogs(rebuild_often);
}

static void play_outside(void)
{
	with_hogs(rebuild_outside);
}

/* Nobody takes a CPU from the holder: the lock alone is what they wait for. */
static void play_alone(void)
{
	for (int i = 0; i < 3; i++)
		crew__join(crew__threads("worker", WORKERS, rebuild_often, NULL));
}

/* Priority inversion: who has the lock is of low priority, who waits for it is not. */
static void hold_at_low_priority(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	check_errno(setpriority(PRIO_PROCESS, (id_t)gettid(), getpriority(PRIO_PROCESS, 0) + 10),
		    "setpriority");
	for (int i = 0; i < 5; i++) {
		rebuild_index(4000);
		sleep_ns(1000000);
	}
}

static void want_at_high_priority(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	while (!done) {
		rebuild_index(100);
		sleep_ns(2000000);
	}
}

static void play_inversion(void)
{
	struct crew *hogs = crew__threads("hog", 2 * usable_cpus(), compute_beside, NULL);
	struct crew *urgent = crew__threads("urgent", 2, want_at_high_priority, NULL);

	crew__join(crew__threads("low", 1, hold_at_low_priority, NULL));
	done = true;
	crew__join(urgent);
	crew__join(hogs);
}

int main(int argc, char **argv)
{
	static const struct play plays[] = {
		{"hogs", play_hogs},
		{"outside", play_outside},
		{"alone", play_alone},
		{"inversion", play_inversion},
	};

	(void)argc;
	return PLAYS(plays, argv);
}
