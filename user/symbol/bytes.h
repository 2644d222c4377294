/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads numbers as DWARF writes them, from bytes that are not to be trusted. A read beyond the end
 * gives 0 and sets `bad`: check it once, after a run of reads. Little-endian, 64-bit addresses.
 */
#ifndef SYMBOL_BYTES_H
#define SYMBOL_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	const unsigned char *at, *end;
	bool bad;
};

/* Unsigned, of 1, 2, 4 or 8 bytes. */
uint64_t bytes__fixed(struct bytes *b, unsigned int size);
/* The same, sign-extended. */
int64_t bytes__fixed_signed(struct bytes *b, unsigned int size);
/* DWARF 5, 7.6: a number in 7-bit pieces. */
uint64_t bytes__uleb(struct bytes *b);
int64_t bytes__sleb(struct bytes *b);
/* The next len bytes, NULL if there are not that many. */
const unsigned char *bytes__skip(struct bytes *b, uint64_t len);
/* A string that ends with a NUL, NULL if it does not. */
const char *bytes__string(struct bytes *b);

#endif
