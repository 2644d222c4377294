/* SPDX-License-Identifier: GPL-2.0-only */
/* Which tasks have waited for a thing, each counted once. Things and tasks by dense ids. */
#ifndef ANALYSIS_WAITERS_H
#define ANALYSIS_WAITERS_H

#include <stdint.h>

struct waiters;

/* Returns NULL when out of memory. */
struct waiters *waiters__new(void);
void waiters__free(struct waiters *w);
/* 1 = the task had not waited for it before, 0 = it had, or -ENOMEM. thing is not UINT32_MAX. */
int waiters__add(struct waiters *w, uint32_t thing, uint32_t task);

#endif
