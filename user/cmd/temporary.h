/* SPDX-License-Identifier: GPL-2.0-only */
/* Names for what is not complete yet: beside the final one, so that a rename will do. */
#ifndef CMD_TEMPORARY_H
#define CMD_TEMPORARY_H

/*
 * Calls make(name) with names like PATH.tmp1a2b3c until one does not exist yet. It returns what
 * make returned (0 or more), *name is then the caller's to free; or a negative errno.
 */
int temporary__make(const char *path, int (*make)(const char *name), char **name);

#endif
