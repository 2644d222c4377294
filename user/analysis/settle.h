/* SPDX-License-Identifier: GPL-2.0-only */
/* Shares of a whole in fractions of a nanosecond, rounded so that they sum to the whole. */
#ifndef ANALYSIS_SETTLE_H
#define ANALYSIS_SETTLE_H

#include <stddef.h>
#include <stdint.h>

typedef unsigned __int128 fixed_ns; /* nanoseconds << 32 */

/*
 * Rounds n times to whole nanoseconds, each to one of the two next to it. What they sum to less
 * than `whole`, because of what was cut off in computing them, goes to the greatest. If they sum to
 * more, the last ones lose it. With n = 0 nothing is done.
 */
void settle(const fixed_ns *time, uint64_t *ns, size_t n, uint64_t whole);

#endif
