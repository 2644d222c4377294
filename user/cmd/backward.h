/* SPDX-License-Identifier: GPL-2.0-only */
/* The way back through a recording, for all analyses that want to go it. */
#ifndef CMD_BACKWARD_H
#define CMD_BACKWARD_H

struct history;

/*
 * Calls `back` of the analyses that have one, with their states (as many as analyses[] has, in its
 * order). Where there are several CPUs the way is gone twice at once: by the dear ones and by the
 * rest. Returns 0 or a negative errno.
 */
int backward__run(const struct history *history, void *const *states);

#endif
