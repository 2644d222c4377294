/* SPDX-License-Identifier: GPL-2.0-only */
/* The reference workloads: what there is, and where their programs are. */
#ifndef CMD_REFERENCE_H
#define CMD_REFERENCE_H

#include <limits.h>
#include <stddef.h>

#define REFERENCE_PATH (PATH_MAX + 64)

struct error;

/* All of them on standard output, by what they are about. */
void reference__list(void);
/* Returns 0, or -ENOENT with err saying which one may be meant. */
int reference__find(const char *name, size_t *found, struct error *err);
/* Where that program is. Returns 0, or a negative errno with err filled. */
int reference__path(size_t which, char path[REFERENCE_PATH], struct error *err);

#endif
