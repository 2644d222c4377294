/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places where a language's runtime lets threads wait until it has work for them, each thread at
 * its own: Go's machines, Java's threads, Rust's thread::park and what is made of it. Whoever waits
 * there waits for whatever the runtime has in mind, so it is no lock, and nobody holds it.
 */
#ifndef ANALYSIS_PARKING_H
#define ANALYSIS_PARKING_H

#include <stdbool.h>

#include "model/entity.h"

struct counts;
struct model;

/*
 * Whether an object is one, by the call chains of the waits for it (counted by stack id): most must
 * say so. Never true for what has an owner.
 */
bool parking__is(const struct model *model, const struct sync_object *object,
		 const struct counts *by_stack);

#endif
