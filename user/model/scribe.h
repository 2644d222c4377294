/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes a history's entries on its tape, many at a time, in a thread of its own where there is a
 * CPU for it.
 */
#ifndef MODEL_SCRIBE_H
#define MODEL_SCRIBE_H

#include "model/history_code.h"

struct scribe;

/* Writes to h->tape, and alone touches h->stacks and h->latest until scribe__finish(). Returns NULL
 * when out of memory. */
struct scribe *scribe__new(struct history *h);
/* Ends the thread; what is not yet written is not. */
void scribe__free(struct scribe *s);

/* The place of the next entry, all to be filled in before the next call. NULL: an earlier one could
 * not be written; scribe__finish() tells why. */
struct past *scribe__place(struct scribe *s);
/*
 * Writes all that is left, and waits until it is written: then the tape can be read. Returns 0,
 * -ENOMEM, or what tape__append() failed with.
 */
int scribe__finish(struct scribe *s);

#endif
