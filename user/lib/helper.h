/* SPDX-License-Identifier: GPL-2.0-only */
/* A second thread for part of the work, where there is a CPU for it. */
#ifndef LIB_HELPER_H
#define LIB_HELPER_H

#include <pthread.h>
#include <stdbool.h>

/* Whether this thread may run on several CPUs. */
bool helper__pays(void);

/*
 * Runs fn(arg) in a new thread, which takes no signals: those are for the main thread;
 * and has no capabilities: what it does needs none. Returns
 * false if there is no thread to be had; else pthread_join() is the caller's.
 */
bool helper__start(pthread_t *thread, void *(*fn)(void *), void *arg);

#endif
