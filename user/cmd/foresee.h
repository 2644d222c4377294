/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a fix would buy: replays a recording without the lock that the verdict blames most, and adds
 * the answer to that finding. Only of recordings that are small enough not to keep anybody waiting.
 */
#ifndef CMD_FORESEE_H
#define CMD_FORESEE_H

#include "cmd/guest.h"

struct foresee;

/* Returns NULL when out of memory. */
struct foresee *foresee__new(void);
void foresee__free(struct foresee *f);
/* f must outlive the analysis. */
struct analyse_guest foresee__guest(struct foresee *f);

#endif
