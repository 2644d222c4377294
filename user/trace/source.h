/* SPDX-License-Identifier: GPL-2.0-only */
/* The bytes of a file, wherever they come from. */
#ifndef TRACE_SOURCE_H
#define TRACE_SOURCE_H

#include <stddef.h>
#include <stdint.h>

struct block_head;
struct error;
struct source;

/*
 * Opens path ("-": standard input). What is no regular file is copied to a temporary one, which
 * has no name. Returns 0, or a negative errno with err filled.
 */
int source__open(const char *path, struct source **out, struct error *err);
void source__close(struct source *s);

uint64_t source__size(const struct source *s);
/* As messages should call it. */
const char *source__name(const struct source *s);

/* Reads exactly len bytes. Returns 0, or a negative errno with err filled. */
int source__read(struct source *s, uint64_t offset, void *buf, size_t len, struct error *err);

/* Sets err: "NAME: block N at offset 0xX: WORDS". Returns code. */
int source__bad_block(const struct source *s, struct error *err, int code, uint32_t number,
		      uint64_t offset, const char *words);

/*
 * Reads a block's payload, checks and inflates it into *raw, which holds *size bytes and is grown
 * as needed. Returns 0, or a negative errno with err filled.
 */
int source__payload(struct source *s, const struct block_head *head, uint64_t offset, uint8_t **raw,
		    size_t *size, struct error *err);

#endif
