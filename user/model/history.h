/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that the model told, kept so that it can be gone through again from the end to the beginning:
 * on the way back it is known whom a thread waited for before it is met waiting. Takes some ten
 * bytes a slice; beyond a bound they go to a file without a name.
 */
#ifndef MODEL_HISTORY_H
#define MODEL_HISTORY_H

#include "model/model.h"
#include "model/past.h"

struct history;
struct rewind;

/* Returns NULL when out of memory. */
struct history *history__new(void);
void history__free(struct history *h);
/* To be added to the model before the first record; h must outlive it. */
struct model_sink history__sink(struct history *h);

/*
 * After the last record, before the way back: what is still to be written is. Returns 0, or why
 * something could not be kept: -ENOMEM, or what writing the file failed with.
 */
int history__end(struct history *h);

/* Returns nonzero to stop. The step is valid during the call. */
typedef int (*rewind_fn)(void *ctx, const struct rewind *rw, const struct step *step);

/*
 * Goes back through it all, in the order of time, latest first; after history__end. May be called
 * several times, also at once in several threads. Returns 0, what fn returned, -ENOMEM or -EIO.
 */
int history__rewind(const struct history *h, rewind_fn fn, void *ctx);

/* What is going on right before the step's time; NULL = nothing. The step itself is done already.
 */
const struct past_task *rewind__task(const struct rewind *rw, uint32_t task);
const struct past_cpu *rewind__cpu(const struct rewind *rw, uint32_t cpu);
const struct past_hold *rewind__hold(const struct rewind *rw, uint32_t object);

#endif
