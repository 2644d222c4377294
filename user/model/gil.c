// SPDX-License-Identifier: GPL-2.0-only
/*
 * struct _gil_runtime_state of CPython 3.2 to 3.14 (Include/internal/pycore_gil.h) ends in four
 * objects: the condition variable where threads wait for the lock, always with a timeout; a mutex
 * that guards its fields; then the condition variable where a thread that was asked to let go waits
 * until somebody has taken it, without a timeout; and the mutex of that one. In 3.12 and later each
 * interpreter has a lock; the main interpreter lies within _PyRuntime, and so does its lock.
 */
#include "model/gil.h"

#include "model/cause.h"
#include "model/entity.h"
#include "model/futex.h"

/* glibc: sizeof(pthread_cond_t), and where its words __g_signals are. */
#define CONDVAR 48
#define SIGNALS 40

static bool within(uint64_t address, uint64_t start, uint64_t len)
{
	return address - start < len;
}

/* include/uapi/linux/futex.h */
#define CMD_MASK       0x7f
#define WAIT_BITSET    9
#define CLOCK_REALTIME 0x100

/*
 * Whether the wait tells where the lock is. By the monotonic clock threads wait for nothing else in
 * there; of a thread that waited before the recording its words may be unknown at first.
 */
static bool tells(const struct futex_wait *w, bool condvar)
{
	if (w->val || (w->op & CMD_MASK) != WAIT_BITSET)
		return false;
	return condvar || !w->has_words || (w->timeout && !(w->op & CLOCK_REALTIME));
}

/* The lock begins where the first thread waits for it in a way that nothing else there does. */
static uint64_t find(const struct python_state *python, const struct futex_wait *w,
		     unsigned int mutex)
{
	uint64_t at = w->uaddr - (w->uaddr % 8 ? SIGNALS + 4 : SIGNALS);

	if (!w->timeout)
		at -= CONDVAR + mutex;
	return within(at, python->start, python->len) ? at : 0;
}

bool gil__waited(struct python_state *python, const struct futex_wait *w, bool condvar,
		 unsigned int mutex, unsigned int *offset)
{
	uint64_t into;

	if (!within(w->uaddr, python->start, python->len))
		return false;
	if (!python->gil && tells(w, condvar))
		python->gil = find(python, w, mutex);
	if (!python->gil)
		return false;
	into = w->uaddr - python->gil;
	if (!within(into, 0, 2 * (uint64_t)(CONDVAR + mutex)))
		return false;
	*offset = (unsigned int)into;
	return true;
}

enum gil_word gil__word(const struct sync_object *object, uint64_t uaddr)
{
	uint64_t into = uaddr - (object->address - object->offset);

	if (object->kind != CAUSE_GIL)
		return GIL_NONE;
	if (within(into, SIGNALS, CONDVAR - SIGNALS))
		return GIL_FREE;
	return within(into, CONDVAR + object->mutex_bytes + SIGNALS, CONDVAR - SIGNALS) ? GIL_TAKEN
											: GIL_NONE;
}
