// SPDX-License-Identifier: GPL-2.0-only
#include "model/futex.h"

#include <stddef.h>

#include "model/futex_musl.h"

/* include/uapi/linux/futex.h */
#define CMD_MASK	0x7f
#define PRIVATE		0x80
#define WAIT		0
#define LOCK_PI		6
#define WAIT_BITSET	9
#define WAIT_REQUEUE_PI 11
#define LOCK_PI2	13
#define CLOCK_REALTIME	0x100
#define WAITERS		0x80000000u
#define TID_MASK	0x3fffffff

/* Words from a mutex' lock word on: lock, count, owner, users, kind. */
#define MUTEX_OWNER 2
#define MUTEX_KIND  4
#define KIND_ROBUST 0x10
#define KIND_SHARED 0x80

#define MOST_WAITERS 65536

static bool owner_is_thread(const struct futex_wait *w)
{
	uint32_t owner = w->words[MUTEX_OWNER];

	return w->has_words && owner && w->is_thread(w->ctx, owner);
}

/* pthread_barrier: uaddr = current_round; count and shared follow. */
static bool looks_like_barrier(const struct futex_wait *w)
{
	return w->has_words && w->val % 2 == 0 && w->words[1] && w->words[1] < MOST_WAITERS &&
	       (w->words[2] == 0 || w->words[2] == KIND_SHARED);
}

/*
 * pthread_cond_t's lock of its own: the low two bits of __g1_orig_size at 32, 2 = somebody waits;
 * __wrefs follows (nptl/pthread_cond_common.c).
 */
static bool is_condvar_inner_lock(const struct futex_wait *w)
{
	return w->has_words && w->uaddr % 8 == 0 && (w->val & 3) == 2 && w->words[1] >= 8 &&
	       w->words[1] / 8 < MOST_WAITERS && !(w->words[1] & 4) && !owner_is_thread(w) &&
	       w->known != CAUSE_MUTEX;
}

/* A writer that waits until readers have gone: __readers, with the bit that it waits there. */
static bool waits_for_readers(const struct futex_wait *w)
{
	return w->uaddr % 8 == 0 && (w->val & 4) && w->val / 8 && w->val / 8 < MOST_WAITERS;
}

/* FUTEX_WAIT between threads of one process. */
static enum cause classify_private(const struct futex_wait *w)
{
	enum cause musl = futex_musl__classify(w);

	if (musl != CAUSE_FUTEX)
		return musl;
	if (w->val == 2) {
		if (w->known == CAUSE_BARRIER ||
		    (w->known != CAUSE_MUTEX && !owner_is_thread(w) && looks_like_barrier(w)))
			return CAUSE_BARRIER;
		return CAUSE_MUTEX;
	}
	if (is_condvar_inner_lock(w))
		return CAUSE_CONDVAR;
	if (w->val == UINT32_MAX && w->known != CAUSE_BARRIER) /* libgomp's locks */
		return CAUSE_MUTEX;
	if (looks_like_barrier(w) || (w->val && w->val % 8 == 0)) /* the latter: libgomp */
		return CAUSE_BARRIER;
	if (w->val == 1)
		return CAUSE_ONCE;
	if (w->val % 2 && w->val < MOST_WAITERS)
		return CAUSE_CONDVAR; /* waits inside for its group of waiters to be free */
	return CAUSE_FUTEX;
}

/* FUTEX_WAIT that other processes may take part in. */
static enum cause classify_shared(const struct futex_wait *w)
{
	if (!w->has_words)
		return CAUSE_FUTEX;
	if (w->val == 2 && (w->words[MUTEX_KIND] & KIND_SHARED))
		return CAUSE_MUTEX;
	if ((w->val & WAITERS) && (w->words[MUTEX_KIND] & KIND_ROBUST))
		return CAUSE_MUTEX;
	return CAUSE_FUTEX;
}

/*
 * pthread_cond_t, which is aligned to 8: uaddr is __g_signals[0] or [1], at 40 and 44; at 36 is
 * __wrefs, 8 for each thread that waits, plus flags of which 4 means that it is being destroyed.
 */
static bool looks_like_condvar(const struct futex_wait *w)
{
	uint32_t wrefs = w->before[w->uaddr % 8 ? 0 : 1];

	return w->has_before && wrefs >= 8 && wrefs / 8 < MOST_WAITERS && !(wrefs & 4);
}

/* Condition variable or semaphore: both wait for a word that is 0. */
static enum cause classify_zero(const struct futex_wait *w)
{
	if (w->known == CAUSE_CONDVAR || w->known == CAUSE_SEMAPHORE)
		return w->known;
	if (!w->has_words)
		return CAUSE_FUTEX;
	if (looks_like_condvar(w))
		return CAUSE_CONDVAR;
	/* A semaphore's next word counts its waiters, then 0 or 128 for private or shared. */
	if (w->uaddr % 8 == 0 && w->words[1] && w->words[1] < MOST_WAITERS &&
	    (w->words[2] == 0 || w->words[2] == KIND_SHARED))
		return CAUSE_SEMAPHORE;
	return w->has_before ? CAUSE_FUTEX : CAUSE_CONDVAR;
}

/* What glibc passes with its condition variables, semaphores and rwlocks; nobody else does. */
static bool is_glibc_bitset(const struct futex_wait *w)
{
	return (w->op & CMD_MASK) == WAIT_BITSET && (w->op & CLOCK_REALTIME);
}

static enum cause classify_bitset(const struct futex_wait *w)
{
	/* A join waits for the kernel to clear the thread's tid; never private. */
	if (!(w->op & PRIVATE) && w->val > 3 && w->is_thread(w->ctx, w->val))
		return CAUSE_JOIN;
	if (w->val == 0)
		return classify_zero(w);
	if (w->val == 2 && owner_is_thread(w))
		return CAUSE_MUTEX; /* timed */
	if (!is_glibc_bitset(w))    /* Rust's std, whose word has no owner */
		return w->val == 2 && !w->counter ? CAUSE_MUTEX : CAUSE_FUTEX;
	if (w->val == 2 || w->val == 3 || waits_for_readers(w))
		return CAUSE_RWLOCK;
	return CAUSE_FUTEX;
}

enum cause futex__classify(const struct futex_wait *w)
{
	switch (w->op & CMD_MASK) {
	case LOCK_PI:
	case LOCK_PI2:
		return CAUSE_MUTEX;
	case WAIT_REQUEUE_PI:
		return CAUSE_CONDVAR;
	case WAIT_BITSET:
		return classify_bitset(w);
	case WAIT:
		return w->op & PRIVATE ? classify_private(w) : classify_shared(w);
	default:
		return CAUSE_FUTEX;
	}
}

unsigned int futex__offset(const struct futex_wait *w, enum cause kind)
{
	bool second = w->uaddr % 8; /* of two words, in objects that are aligned to 8 */

	switch (kind) {
	case CAUSE_CONDVAR:
		if (is_condvar_inner_lock(w))
			return 32;
		if ((w->op & CMD_MASK) == WAIT) /* __g_refs */
			return second ? 20 : 16;
		return second ? 44 : 40; /* __g_signals */
	case CAUSE_RWLOCK:
		if (!is_glibc_bitset(w) || waits_for_readers(w))
			return 0;
		return second ? 12 : 8; /* __wrphase_futex, __writers_futex */
	case CAUSE_MUTEX:
		return futex_musl__is_mutex(w) ? 4 : 0;
	case CAUSE_BARRIER:
		return looks_like_barrier(w) ? 4 : 0;
	default:
		return 0;
	}
}

uint32_t futex__joined(const struct futex_wait *w)
{
	uint32_t musl = futex_musl__joined(w);

	return musl ? musl : w->val;
}

bool futex__counts(const struct futex_wait *w)
{
	return (w->op & CMD_MASK) == WAIT_BITSET && !(w->op & CLOCK_REALTIME) && w->val != 2 &&
	       w->known != CAUSE_CONDVAR && w->known != CAUSE_SEMAPHORE &&
	       w->known != CAUSE_RWLOCK && !(w->val == 0 && looks_like_condvar(w));
}
