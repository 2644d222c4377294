// SPDX-License-Identifier: GPL-2.0-only
#include "model/futex_musl.h"

#include "model/futex.h"

/* include/uapi/linux/futex.h */
#define CMD_MASK 0x7f
#define PRIVATE	 0x80
#define WAIT	 0
#define WAITERS	 0x80000000u
#define TID_MASK 0x3fffffff

#define BUSY	     16 /* EBUSY: in the place of the owner */
#define JOINABLE     2	/* DT_JOINABLE */
#define OF_PROCESS   128
#define MOST_WAITERS 1024
#define GLIBC_OWNER  2 /* the word of a mutex of glibc that has its owner */

/* The word has its owner and a bit that somebody waits; normal ones have EBUSY instead of it. */
bool futex_musl__is_mutex(const struct futex_wait *w)
{
	return (w->op & CMD_MASK) == WAIT && (w->op & PRIVATE) && (w->val & WAITERS) &&
	       ((w->val & TID_MASK) == BUSY || w->is_thread(w->ctx, w->val & TID_MASK));
}

/*
 * sem_t: value, waiters, 128 if it is not shared. pthread_rwlock_t: lock, waiters, 128 if it is.
 * All bits of a value that is waited for are set where a writer has the lock, or the semaphore is 0
 * (in later releases only the highest one); else readers have it, and this is their number.
 */
static enum cause counted(const struct futex_wait *w)
{
	if (!w->has_words || !(w->val & WAITERS) || !w->words[1] || w->words[1] > MOST_WAITERS)
		return CAUSE_FUTEX;
	if (w->words[2] == OF_PROCESS && (w->val == UINT32_MAX || w->val == WAITERS))
		return CAUSE_SEMAPHORE;
	if (!w->words[2] && (w->val == UINT32_MAX || (w->val & ~WAITERS) - 1 < MOST_WAITERS))
		return CAUSE_RWLOCK;
	return CAUSE_FUTEX;
}

/*
 * struct pthread: tid, errno, then the state that is waited for. Of a mutex of glibc that lies
 * there the owner is known, but for moments.
 */
uint32_t futex_musl__joined(const struct futex_wait *w)
{
	if ((w->op & CMD_MASK) != WAIT || w->val != JOINABLE || !w->has_before || !w->has_words ||
	    w->known == CAUSE_MUTEX || w->words[1] || w->uaddr % 8 || w->before[0] <= 1 ||
	    w->words[GLIBC_OWNER] > UINT16_MAX || !w->is_thread(w->ctx, w->before[0]))
		return 0;
	if (w->words[GLIBC_OWNER] && w->is_thread(w->ctx, w->words[GLIBC_OWNER]))
		return 0;
	return w->before[0];
}

/*
 * On the waiter's own stack: of a condition variable a node of its list of waiters (state, barrier,
 * a pointer); of a barrier the instance that its first waiter made (count, last, waiters,
 * finished).
 */
static enum cause on_stack(const struct futex_wait *w)
{
	if (!w->on_stack || !w->has_before || !w->has_words)
		return CAUSE_FUTEX;
	if (w->val == 2 && w->uaddr % 8 == 4 && !w->before[1] && !w->words[2])
		return CAUSE_CONDVAR;
	if (w->val == 1 && w->before[0] <= 1 && w->before[1] < MOST_WAITERS)
		return CAUSE_BARRIER;
	return CAUSE_FUTEX;
}

enum cause futex_musl__classify(const struct futex_wait *w)
{
	enum cause cause;

	if (futex_musl__is_mutex(w))
		return CAUSE_MUTEX;
	if (futex_musl__joined(w))
		return CAUSE_JOIN;
	cause = counted(w);
	return cause == CAUSE_FUTEX ? on_stack(w) : cause;
}
