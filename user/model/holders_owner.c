// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who owns a lock, as its own words tell when somebody blocks on it. Layouts: glibc 2.36
 * sysdeps/nptl/bits/struct_mutex.h and struct_rwlock.h, libio's _IO_lock_t; musl 1.2
 * src/internal/pthread_impl.h. What does not look like the layout in full is not believed: a
 * number in somebody's data could be the id of a thread.
 */
#include "model/holders_owner.h"

#include "model/state.h"

/* include/uapi/linux/futex.h */
#define CMD_MASK   0x7f
#define LOCK_PI	   6
#define LOCK_PI2   13
#define WAITERS	   0x80000000u
#define OWNER_DIED 0x40000000u
#define TID_MASK   0x3fffffffu

/* Words from a mutex' lock word on. */
enum { MUTEX_LOCK, MUTEX_COUNT, MUTEX_OWNER, MUTEX_USERS, MUTEX_KIND };
#define KIND_BITS 0x3b3 /* type, robust, priority inheritance, shared, elision */

/* musl's normal mutex: EBUSY instead of an owner. */
#define MUSL_BUSY 16

#define MOST_USERS 65536

/* Of another process that shares the object: only if no other task calls itself so. */
static struct task *only_one(const struct tasks *tasks, const struct task *waiter, uint32_t ns_tid)
{
	struct task *found = tasks__find(tasks, ns_tid), *task;
	size_t i;

	/* All in the initial namespace: then ids are unique. */
	if (waiter->pub.ns_tid == waiter->pub.tid)
		return found && found->pub.traced && found->pub.ns_tid == ns_tid ? found : NULL;
	found = NULL;
	for (i = 0; i < tasks__count(tasks); i++) {
		task = tasks__at(tasks, i);
		if (task->pub.ns_tid != ns_tid || !task->pub.traced || task->phase == PHASE_ENDED)
			continue;
		if (found)
			return NULL;
		found = task;
	}
	return found;
}

static struct task *thread(struct model *m, const struct task *waiter, uint32_t ns_tid)
{
	const struct sync_object *object = waiter->wait.object;
	struct task *task;

	if (!ns_tid)
		return NULL;
	task = tasks__thread(m->tasks, waiter->pub.pid, ns_tid);
	if (!task && object && object->shared)
		task = only_one(m->tasks, waiter, ns_tid);
	return task && task->phase != PHASE_ENDED ? task : NULL;
}

/* Priority inheritance, robust, and musl's: the owner is in the word itself. */
static struct owner of_word(struct model *m, const struct task *waiter, const uint32_t *words)
{
	uint32_t tid = words[MUTEX_LOCK] & TID_MASK;
	struct owner owner = {.queues = words[MUTEX_LOCK] & WAITERS};

	if ((words[MUTEX_LOCK] & OWNER_DIED) || (tid == MUSL_BUSY && words[MUTEX_OWNER] != tid))
		return owner;
	owner.task = thread(m, waiter, tid);
	return owner;
}

/* FILE's lock: int lock, int count, void *owner, which is the thread pointer. */
static struct task *stdio_owner(struct model *m, const struct task *waiter, const uint32_t *words)
{
	uint64_t tls = words[2] | (uint64_t)words[3] << 32;

	if (!words[3] || !words[1] || words[1] >= MOST_USERS)
		return NULL;
	return tasks__by_tls(m->tasks, waiter->pub.pid, tls);
}

static struct owner of_mutex(struct model *m, const struct task *waiter, const uint32_t *words)
{
	struct owner owner = {.queues = words[MUTEX_LOCK] == 2};

	if (words[MUTEX_LOCK] > 2)
		return owner;
	if (words[MUTEX_USERS] && words[MUTEX_USERS] < MOST_USERS &&
	    words[MUTEX_COUNT] < MOST_USERS && !(words[MUTEX_KIND] & ~KIND_BITS))
		owner.task = thread(m, waiter, words[MUTEX_OWNER]);
	if (!owner.task)
		owner.task = stdio_owner(m, waiter, words);
	return owner;
}

/*
 * readers, writers, wrphase_futex, writers_futex, two words of padding, cur_writer, shared. The
 * futex word is wrphase_futex, where readers wait for 3 and a writer for 2; or writers_futex, of
 * writers behind a writer. While a writer has the lock or is the next, writers_futex is not 0.
 */
static struct owner of_rwlock(struct model *m, const struct task *waiter,
			      const struct ct_switch_futex *f)
{
	const uint32_t *words = f->words;
	struct owner owner = {.queues = words[0] & 2};
	bool wrphase = words[1] || words[4] > 1;

	/* The padding is not empty, or nothing that is waited for here: another layout. */
	if ((wrphase ? words[2] || words[3] : words[1] || words[2]) || (words[0] & WAITERS))
		return owner;
	owner.task = thread(m, waiter, words[wrphase ? 4 : 3]);
	owner.to_read = wrphase && f->val == 3;
	owner.readers = !words[wrphase ? 4 : 3];
	return owner;
}

struct owner owner__read(struct model *m, const struct task *waiter,
			 const struct ct_switch_futex *f)
{
	unsigned int cmd = f->op & CMD_MASK;

	if (!(f->s.h.flags & CT_F_WORDS))
		return (struct owner){0};
	if (cmd == LOCK_PI || cmd == LOCK_PI2)
		return of_word(m, waiter, f->words);
	if (waiter->wait.cause == CAUSE_RWLOCK)
		return of_rwlock(m, waiter, f);
	if (waiter->wait.cause != CAUSE_MUTEX)
		return (struct owner){0};
	return f->val & WAITERS ? of_word(m, waiter, f->words) : of_mutex(m, waiter, f->words);
}
