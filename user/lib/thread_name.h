/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of threads that do the same work differ in a number: "worker-7", "Thread-7 (work)". */
#ifndef LIB_THREAD_NAME_H
#define LIB_THREAD_NAME_H

#include <stddef.h>

/* What is before that number, and behind it: "Thread-", " (work)". */
struct thread_name {
	size_t head;	  /* bytes of the name; all of it if it has no such number */
	const char *tail; /* within the name; mostly empty */
};

/* A name that is all number keeps it: nothing would be left. */
struct thread_name thread_name__split(const char *name);

#endif
