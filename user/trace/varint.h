/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers of variable length (LEB128): 7 bits a byte, the lowest first, the top bit set on all
 * bytes but the last. A 64-bit number takes 1 to 10 bytes.
 */
#ifndef TRACE_VARINT_H
#define TRACE_VARINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VARINT_MAX 10

struct strbuf;

/* Reads numbers out of bytes that may be wrong: once bad, it stays bad and reads zeros. */
struct varint_in {
	const uint8_t *p, *end;
	bool bad;
};

/* Writes at most VARINT_MAX bytes; returns the place behind them. */
uint8_t *varint__put(uint8_t *p, uint64_t v);
/* Returns the place behind the number; NULL if it crosses `end` or does not fit 64 bits. */
const uint8_t *varint__get(const uint8_t *p, const uint8_t *end, uint64_t *v);

void varint__add(struct strbuf *to, uint64_t v);
uint64_t varint_in__next(struct varint_in *in);
/* The next `len` bytes; NULL, and bad, if there are fewer. */
const uint8_t *varint_in__bytes(struct varint_in *in, uint64_t len);

#endif
