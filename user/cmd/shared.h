/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Directories where everybody may make files, as /tmp. What lies there under a name that we are
 * about to use may have been put there by somebody else, for us to fall into.
 */
#ifndef CMD_SHARED_H
#define CMD_SHARED_H

#include <sys/types.h>

struct error;

/*
 * Whether nobody else has a hand in where path leads to: on the way, no symbolic link in such a
 * directory is somebody else's, and at its end, if there is anything, it is ours. Others are all
 * but ourselves, root, and under sudo who called it. Returns 0, or -EPERM with err filled.
 */
int shared__check(const char *path, struct error *err);

/*
 * Gives a new file to the user who called sudo, if we are root through it. Returns 0 or a negative
 * errno.
 */
int shared__give(int fd);

#endif
