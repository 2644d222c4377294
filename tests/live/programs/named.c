// SPDX-License-Identifier: GPL-2.0-only
/*
 * named [run DIR | hold]: sync objects that have names, each waited for at a known place.
 *   run DIR   every kind once: main holds it while a thread, named after it, waits 20 ms; a file
 *             that processes share is made in DIR
 *   hold      three threads contend for contended_lock until the program is killed
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HOLD_NS 20000000
#define PLACE	__attribute__((noipa)) static
#define DONE	__asm__ volatile("")

static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	char entries[64];
	pthread_mutex_t lock;
} cache = {.lock = PTHREAD_MUTEX_INITIALIZER};
static pthread_rwlock_t table_lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t queue_changed = PTHREAD_COND_INITIALIZER;
static int queued; /* under queue_lock */
static sem_t free_slots;
static pthread_barrier_t all_here;
static pthread_mutex_t contended_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t *heap_lock, *shared_lock;
static __thread pthread_mutex_t own_lock;

static void require_zero(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "named: %s: %s\n", what, strerror(err));
	exit(1);
}

static void require(int bad, const char *what)
{
	require_zero(bad ? errno : 0, what);
}

static void sleep_for(long ns)
{
	struct timespec ts = {.tv_nsec = ns};

	while (nanosleep(&ts, &ts))
		require(errno != EINTR, "nanosleep");
}

static void pass(pthread_mutex_t *lock)
{
	require_zero(pthread_mutex_lock(lock), "pthread_mutex_lock");
	require_zero(pthread_mutex_unlock(lock), "pthread_mutex_unlock");
}

PLACE void wait_registry(void *lock)
{
	pass(lock);
	DONE;
}

PLACE void wait_cache(void *lock)
{
	pass(lock);
	DONE;
}

PLACE void wait_heap(void *lock)
{
	pass(lock);
	DONE;
}

PLACE void wait_local(void *lock)
{
	pass(lock);
	DONE;
}

PLACE void wait_own(void *lock)
{
	pass(lock);
	DONE;
}

PLACE void wait_table(void *lock)
{
	require_zero(pthread_rwlock_rdlock(lock), "pthread_rwlock_rdlock");
	require_zero(pthread_rwlock_unlock(lock), "pthread_rwlock_unlock");
	DONE;
}

PLACE void wait_queue(void *changed)
{
	require_zero(pthread_mutex_lock(&queue_lock), "pthread_mutex_lock");
	while (!queued)
		require_zero(pthread_cond_wait(changed, &queue_lock), "pthread_cond_wait");
	require_zero(pthread_mutex_unlock(&queue_lock), "pthread_mutex_unlock");
	DONE;
}

PLACE void wait_slots(void *slots)
{
	while (sem_wait(slots))
		require(errno != EINTR, "sem_wait");
	DONE;
}

PLACE void wait_barrier(void *barrier)
{
	pthread_barrier_wait(barrier);
	DONE;
}

PLACE void wait_stdio(void *file)
{
	fputs("waited\n", file);
	DONE;
}

struct waiter {
	const char *name;
	void (*wait)(void *object);
	void *object;
	_Atomic pid_t tid;
};

/* Whether the thread is off its CPU and waits, see proc_pid_stat(5). */
static bool waits(pid_t tid)
{
	char path[64], text[256] = "";
	const char *end;
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	stat = fopen(path, "re");
	if (!stat)
		return false;
	end = fgets(text, sizeof(text), stat) ? strrchr(text, ')') : NULL;
	fclose(stat);
	return end && end[1] && end[2] == 'S';
}

static void *run_waiter(void *arg)
{
	struct waiter *waiter = arg;

	require_zero(pthread_setname_np(pthread_self(), waiter->name), "pthread_setname_np");
	waiter->tid = gettid();
	waiter->wait(waiter->object);
	return NULL;
}

static pthread_t start(struct waiter *waiter)
{
	pthread_t thread;
	bool waiting = false;

	waiter->tid = 0;
	require_zero(pthread_create(&thread, NULL, run_waiter, waiter), "pthread_create");
	sleep_for(HOLD_NS / 10);
	/* On a busy machine it takes its time to come that far. */
	while (!waiting) {
		waiting = waiter->tid && waits(waiter->tid);
		sleep_for(HOLD_NS);
	}
	return thread;
}

static void join(pthread_t thread)
{
	require_zero(pthread_join(thread, NULL), "pthread_join");
}

static void hold_mutex(const char *name, void (*wait)(void *object), pthread_mutex_t *lock)
{
	struct waiter waiter = {name, wait, lock, 0};
	pthread_t thread;

	require_zero(pthread_mutex_lock(lock), "pthread_mutex_lock");
	thread = start(&waiter);
	require_zero(pthread_mutex_unlock(lock), "pthread_mutex_unlock");
	join(thread);
}

/* A thread of its own holds locks on its stack and in its own variables. */
static void *hold_own(void *arg)
{
	pthread_mutex_t local_lock;

	require_zero(pthread_setname_np(pthread_self(), "owner"), "pthread_setname_np");
	require_zero(pthread_mutex_init(&local_lock, NULL), "pthread_mutex_init");
	require_zero(pthread_mutex_init(&own_lock, NULL), "pthread_mutex_init");
	hold_mutex("local", wait_local, &local_lock);
	hold_mutex("own", wait_own, &own_lock);
	return arg;
}

static void hold_others(void)
{
	struct waiter table = {"table", wait_table, &table_lock, 0};
	struct waiter queue = {"queue", wait_queue, &queue_changed, 0};
	struct waiter slots = {"slots", wait_slots, &free_slots, 0};
	struct waiter barrier = {"barrier", wait_barrier, &all_here, 0};
	struct waiter stdio = {"stdio", wait_stdio, stderr, 0};
	pthread_t thread;

	require_zero(pthread_rwlock_wrlock(&table_lock), "pthread_rwlock_wrlock");
	thread = start(&table);
	require_zero(pthread_rwlock_unlock(&table_lock), "pthread_rwlock_unlock");
	join(thread);
	thread = start(&queue);
	require_zero(pthread_mutex_lock(&queue_lock), "pthread_mutex_lock");
	queued = 1;
	require_zero(pthread_mutex_unlock(&queue_lock), "pthread_mutex_unlock");
	require_zero(pthread_cond_signal(&queue_changed), "pthread_cond_signal");
	join(thread);
	thread = start(&slots);
	require(sem_post(&free_slots), "sem_post");
	join(thread);
	thread = start(&barrier);
	pthread_barrier_wait(&all_here);
	join(thread);
	flockfile(stderr);
	thread = start(&stdio);
	funlockfile(stderr);
	join(thread);
}

/* A lock in a file: a child waits for what its parent holds. */
static void hold_shared(const char *folder)
{
	static char path[4096]; /* not on the stack that is looked at */
	pthread_mutexattr_t attr;
	int fd, status;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/shared-state", folder);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	require(fd == -1 || ftruncate(fd, 4096), path);
	shared_lock = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	require(shared_lock == MAP_FAILED, "mmap");
	require_zero(pthread_mutexattr_init(&attr), "pthread_mutexattr_init");
	require_zero(pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED), "pshared");
	require_zero(pthread_mutex_init(shared_lock, &attr), "pthread_mutex_init");
	require_zero(pthread_mutex_lock(shared_lock), "pthread_mutex_lock");
	pid = fork();
	require(pid == -1, "fork");
	if (!pid) {
		pass(shared_lock);
		_exit(0);
	}
	sleep_for(HOLD_NS);
	require_zero(pthread_mutex_unlock(shared_lock), "pthread_mutex_unlock");
	require(waitpid(pid, &status, 0) != pid, "waitpid");
}

static void run_all(const char *folder)
{
	pthread_t owner;

	require(sem_init(&free_slots, 0, 0), "sem_init");
	require_zero(pthread_barrier_init(&all_here, NULL, 2), "pthread_barrier_init");
	heap_lock = calloc(1, sizeof(*heap_lock));
	require(!heap_lock, "calloc");
	hold_mutex("registry", wait_registry, &registry_lock);
	hold_mutex("cache", wait_cache, &cache.lock);
	hold_mutex("heap", wait_heap, heap_lock);
	hold_others();
	require_zero(pthread_create(&owner, NULL, hold_own, NULL), "pthread_create");
	join(owner);
	hold_shared(folder);
	free(heap_lock);
}

PLACE void contend(void *lock)
{
	for (;;) {
		require_zero(pthread_mutex_lock(lock), "pthread_mutex_lock");
		sleep_for(1000000);
		require_zero(pthread_mutex_unlock(lock), "pthread_mutex_unlock");
		sleep_for(100000);
	}
}

int main(int argc, char **argv)
{
	static struct waiter contender = {"contender", contend, &contended_lock, 0};

	if (argc == 3 && !strcmp(argv[1], "run")) {
		run_all(argv[2]);
		return 0;
	}
	if (argc != 2 || strcmp(argv[1], "hold") != 0) {
		fprintf(stderr, "usage: named run DIR | hold\n");
		return 2;
	}
	start(&contender);
	start(&contender);
	join(start(&contender));
	return 0;
}
