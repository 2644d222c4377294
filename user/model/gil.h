/* SPDX-License-Identifier: GPL-2.0-only */
/* CPython's interpreter lock, as its futex waits tell. */
#ifndef MODEL_GIL_H
#define MODEL_GIL_H

#include <stdbool.h>
#include <stdint.h>

struct futex_wait;
struct python_state;
struct sync_object;

/*
 * True if the wait is for the interpreter lock: then *offset is where the word lies in it. Learns
 * from the first wait where the lock is. `condvar`: it looks like that of a condition variable.
 * `mutex`: sizeof(pthread_mutex_t), bytes.
 */
bool gil__waited(struct python_state *python, const struct futex_wait *w, bool condvar,
		 unsigned int mutex, unsigned int *offset);
/* What it means that somebody is woken at a futex word of an object. */
enum gil_word {
	GIL_NONE,  /* nothing: another kind of object, or what guards the lock's own fields */
	GIL_FREE,  /* the waker has let go */
	GIL_TAKEN, /* the waker has taken the lock; the wakee was made to let go of it before */
};
enum gil_word gil__word(const struct sync_object *object, uint64_t uaddr);

#endif
