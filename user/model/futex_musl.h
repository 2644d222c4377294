/* SPDX-License-Identifier: GPL-2.0-only */
/* What waits of musl's objects look like (musl 1.2, src/thread/, src/internal/pthread_impl.h). */
#ifndef MODEL_FUTEX_MUSL_H
#define MODEL_FUTEX_MUSL_H

#include <stdbool.h>
#include <stdint.h>

#include "model/cause.h"

struct futex_wait;

/* Of a FUTEX_WAIT between threads; CAUSE_FUTEX: it is none of them, as far as that can be told. */
enum cause futex_musl__classify(const struct futex_wait *w);
/* True if it is a mutex, of whatever type. */
bool futex_musl__is_mutex(const struct futex_wait *w);
/* The thread that is joined; 0: it is not this kind of wait. */
uint32_t futex_musl__joined(const struct futex_wait *w);

#endif
