/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A thread that does one piece of work after the other, in the order they are given, while its
 * owner prepares the next. All functions take NULL for a worker: then work is done at once.
 */
#ifndef LIB_WORKER_H
#define LIB_WORKER_H

struct worker;

/* NULL if there is no second CPU, thread or memory for it. */
struct worker *worker__new(void);
/* Waits for what was given, then ends the thread. */
void worker__free(struct worker *w);
/*
 * Has fn(arg) done. Waits until all that was given before is done, so whoever has two buffers can
 * fill the one while the other is worked on.
 */
void worker__do(struct worker *w, void (*fn)(void *arg), void *arg);
/* Until all is done; then what the work wrote can be read. */
void worker__wait(struct worker *w);

#endif
