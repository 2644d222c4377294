/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small entries that are appended one after the other and read from the last to the first. What
 * exceeds a bound goes to a file without a name, so memory does not grow with their number.
 */
#ifndef LIB_TAPE_H
#define LIB_TAPE_H

#include <stddef.h>
#include <stdint.h>

#define TAPE_ENTRY_MOST 255 /* bytes */
#define TAPE_SLACK	8   /* bytes behind an entry that can be read, whatever is there */

struct tape;
/* A place on a tape; several may read at once, in several threads, once nothing is appended. */
struct tape_reader;

/* Keeps up to `memory` bytes in memory. Returns NULL when out of memory. */
struct tape *tape__new(size_t memory);
void tape__free(struct tape *t);

/* 1 to TAPE_ENTRY_MOST bytes. Returns 0, -EINVAL, -ENOMEM, or what opening or writing the file
 * failed with. */
int tape__append(struct tape *t, const void *bytes, size_t len);

/* Begins behind the last entry. Returns NULL when out of memory. */
struct tape_reader *tape_reader__new(const struct tape *t);
void tape_reader__free(struct tape_reader *r);
/*
 * The entry before: sets *bytes, valid until the next call, and returns its length; 0 at the
 * beginning; -EIO if the file cannot be read.
 */
int tape_reader__back(struct tape_reader *r, const uint8_t **bytes);

#endif
