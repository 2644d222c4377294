/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all targets share. A target is one file with one function, for libFuzzer, AFL++ and the
 * replay of the corpora (lib/replay.c) alike.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that must hold, whatever the input: ends the process if it does not. */
#define FUZZ_HOLDS(what) ((what) ? (void)0 : fuzz__broken(__FILE__, __LINE__, #what))
void fuzz__broken(const char *file, int line, const char *what) __attribute__((noreturn));

/* Input that is taken apart from its front; beyond the end all bytes are 0. */
struct feed {
	const uint8_t *at;
	size_t left;
};

/* Unsigned little-endian, of at most 8 bytes. */
uint64_t feed__number(struct feed *f, size_t bytes);
/* Copies at most `size` bytes, returns how many. */
size_t feed__bytes(struct feed *f, void *to, size_t size);
/* The text up to the next NUL, newline or end, which is taken as well; at most 4095 bytes. */
char *feed__line(struct feed *f); /* free it */
/* A copy of what is left, of its exact size: so that one byte read beyond it is seen. Free it. */
uint8_t *feed__rest(struct feed *f, size_t *size);

#endif
