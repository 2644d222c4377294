/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies of stacks hold what programs keep there: passwords, keys, whatever they work on. Unwinding
 * needs addresses of code and of the stack alone; all else is wiped before it is written anywhere.
 */
#ifndef CAPTURE_WIPE_H
#define CAPTURE_WIPE_H

#include <stdint.h>

#include "bpf/events.h"

struct wipe;

struct wipe *wipe__new(void);
void wipe__free(struct wipe *w);
/*
 * There is code at these addresses, in one process or another; it must be told before stacks that
 * lead there are wiped. Where memory is short it is not kept, and call chains end there.
 */
void wipe__add_code(struct wipe *w, uint64_t start, uint64_t len);
/*
 * Of a CT_STACK or CT_STACK_ARM64: leaves words that may be addresses of code of any process, or of
 * this copy; others become 0, registers too.
 */
void wipe__stack(struct wipe *w, union ct_event *ev);

#endif
