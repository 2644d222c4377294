/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which frames of a call chain are not the program's own but of what it is built upon: C library,
 * C++ and Rust runtime, Go's and Java's runtime, the Python interpreter.
 */
#ifndef ANALYSIS_PLUMBING_H
#define ANALYSIS_PLUMBING_H

#include <stdbool.h>

#include "symbol/frame.h"

/* place: what is known of the frame, all NULL if nothing is. frame->module must not be NULL. */
bool plumbing__is(const struct frame *frame, const struct place *place);

/*
 * True where a chain's inner part ends if all of it is plumbing: the functions that start threads
 * and programs, and interpreters' loops. They call everything, so they tell nothing.
 */
bool plumbing__is_root(const char *function);

#endif
