/* SPDX-License-Identifier: GPL-2.0-only */
/* Which kind of lock a futex wait belongs to, by its signature. */
#ifndef MODEL_FUTEX_H
#define MODEL_FUTEX_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/events.h"
#include "model/cause.h"

struct futex_wait {
	uint64_t uaddr;
	uint32_t op, val;
	uint32_t words[CT_FUTEX_WORDS];	  /* user memory from uaddr on */
	uint32_t before[CT_FUTEX_BEFORE]; /* the words before it; 0 if they could not be read */
	bool has_words, has_before, timeout;
	bool on_stack;	  /* uaddr is on the stack of the thread that waits */
	bool counter;	  /* its word was seen to count: no lock */
	enum cause known; /* what waits at this address were before; CAUSE_FUTEX = nothing known */
	/* True if ns_tid is a thread of the waiter's process. */
	bool (*is_thread)(void *ctx, uint32_t ns_tid);
	void *ctx;
};

/*
 * MUTEX, RWLOCK, CONDVAR, SEMAPHORE, BARRIER, ONCE, JOIN; FUTEX where the signature does not
 * tell. Layouts: glibc 2.36 sysdeps/nptl/bits/ (struct_mutex.h, struct_rwlock.h,
 * thread-shared-types.h), nptl/pthread_barrier_wait.c, nptl/sem_waitcommon.c.
 */
enum cause futex__classify(const struct futex_wait *w);

/* Bytes from the beginning of the object to uaddr, 0 if that is it or it is not known. */
unsigned int futex__offset(const struct futex_wait *w, enum cause kind);

/* Of a JOIN: the thread that is joined, as its process numbers it. */
uint32_t futex__joined(const struct futex_wait *w);

/* True if a wait of a runtime of its own (not glibc) is for a value that no lock has. */
bool futex__counts(const struct futex_wait *w);

#endif
