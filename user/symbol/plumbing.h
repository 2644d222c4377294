/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which functions of a call chain are not the program's own but of what it is built upon: C
 * library, C++ and Rust runtime, Go's and Java's runtime, the Python interpreter.
 *
 * A frame has several levels where functions were inlined: what it is in, what that was inlined
 * into, ... up to a function of its own. Each is looked at as if it had been called.
 */
#ifndef SYMBOL_PLUMBING_H
#define SYMBOL_PLUMBING_H

#include <stdbool.h>
#include <stddef.h>

#include "symbol/frame.h"

#define LEVELS_MOST 32

/*
 * The levels of a frame, innermost first, without inlined ones of which the function is not known;
 * at most LEVELS_MOST. Returns their number, 0 only if frame->module is NULL; if nothing is known
 * of the place there is one, all NULL.
 */
size_t frame__levels(const struct frame *frame, struct place *levels);

/* place: a level of the frame, of which the module must not be NULL. */
bool plumbing__is(const struct frame *frame, const struct place *place);

/*
 * The site of a call chain: the innermost level that is the program's own. If none is, the
 * outermost of the plumbing below those functions that start threads and programs, and below
 * interpreters' loops: these call everything, so they tell nothing. False: all is unknown code.
 */
bool plumbing__site(const struct frame *frames, size_t n, const struct frame **frame,
		    struct place *place);

#endif
