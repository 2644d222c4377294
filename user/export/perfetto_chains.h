/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Call chains: ids while the slices go by, frames and names in the end, when all is known of what
 * the program had mapped. Each chain is told once.
 */
#ifndef EXPORT_PERFETTO_CHAINS_H
#define EXPORT_PERFETTO_CHAINS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/observed.h"

struct chains;
struct define;
struct model;
struct model_sample;
struct proto;

/* Returns NULL when out of memory. The model must outlive it. */
struct chains *chains__new(const struct model *model);
void chains__free(struct chains *c);

/* The id of the callstack for a stack id of the model; of one for "not known" if that is 0. */
uint64_t chains__callstack(struct chains *c, uint64_t stack);
/* Likewise for that of a sample: its leaf, and the stack's callers. */
uint64_t chains__sample(struct chains *c, const struct model_sample *sample);
/*
 * Adds to an open event where that was: the call chain, and the innermost place outside the C
 * library as its source location. `stack` is not 0.
 */
void chains__put(struct chains *c, struct proto *event, uint64_t stack);

/* Defines all that was asked for. Returns 0 or -ENOMEM. */
int chains__write(struct chains *c, struct define *d);

#endif
