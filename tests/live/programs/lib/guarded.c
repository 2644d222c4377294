// SPDX-License-Identifier: GPL-2.0-only
/* A library with a lock of its own: for guards.c. */
#include <pthread.h>

void enter_library(void);
void leave_library(void);

static pthread_mutex_t library_lock = PTHREAD_MUTEX_INITIALIZER;

void enter_library(void)
{
	pthread_mutex_lock(&library_lock);
	__asm__ volatile("");
}

void leave_library(void)
{
	pthread_mutex_unlock(&library_lock);
	__asm__ volatile("");
}
