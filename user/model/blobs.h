/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that the trace brings along, put together from their pieces. */
#ifndef MODEL_BLOBS_H
#define MODEL_BLOBS_H

#include "bpf/events.h"

struct blobs;
struct files;
struct modules;

#define BLOB_MOST (64u << 20) /* bytes of one; a longer one is not used */

/* What blobs are about must outlive it. NULL when out of memory. */
struct blobs *blobs__new(struct modules *modules, struct files *files);
void blobs__free(struct blobs *b);
/* A piece; the last one hands the whole on. Pieces that do not fit are ignored. 0 or -ENOMEM. */
int blobs__add(struct blobs *b, const struct ct_blob *piece);

#endif
