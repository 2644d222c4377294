/* SPDX-License-Identifier: GPL-2.0-only */
/* Whom the workload runs as: under sudo the user who called sudo, else nobody new. */
#ifndef LAUNCH_IDENTITY_H
#define LAUNCH_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

struct error;
struct identity;

/*
 * Looks the invoking user up (SUDO_UID, SUDO_GID, SUDO_USER, passwd, groups). *out stays NULL if
 * this process is not root through sudo: then the workload keeps what it has.
 * Returns 0, or a negative errno with err filled (-EINVAL: the variables make no sense).
 */
int identity__find(struct identity **out, struct error *err);
void identity__free(struct identity *id);

/* Who called sudo, without looking anything up. False if we are not root through it. */
bool identity__caller(uid_t *uid, gid_t *gid);

/*
 * Makes the calling process that user for good: groups, gid, uid, and in its environment HOME,
 * USER, LOGNAME, SHELL. Meant for the forked child. id may be NULL (nothing to do).
 * Returns 0 or a negative errno: the process must then not run the workload.
 */
int identity__assume(const struct identity *id);

#endif
