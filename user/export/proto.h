/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Protocol buffers' wire format, the writing half: a growing buffer of encoded fields. All-zero is
 * a valid empty one. When memory runs out it keeps what it has and remembers: check `failed`.
 * Format: https://protobuf.dev/programming-guides/encoding/
 */
#ifndef EXPORT_PROTO_H
#define EXPORT_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct proto {
	uint8_t *data;
	size_t len, size;
	bool failed;
};

void proto__uint(struct proto *p, uint32_t field, uint64_t value);
/* A negative one takes ten bytes. */
void proto__int(struct proto *p, uint32_t field, int64_t value);
void proto__fixed64(struct proto *p, uint32_t field, uint64_t value);
void proto__double(struct proto *p, uint32_t field, double value);
void proto__bytes(struct proto *p, uint32_t field, const void *data, size_t len);
/* Untrusted bytes as a string field: what is not valid UTF-8 becomes U+FFFD, byte by byte. */
void proto__string(struct proto *p, uint32_t field, const char *text, size_t len);

/*
 * A message field, or a packed repeated one: what is added between the two calls is its content.
 * They nest. proto__end takes what proto__begin returned.
 */
size_t proto__begin(struct proto *p, uint32_t field);
void proto__end(struct proto *p, size_t mark);
/* One element of a packed field. */
void proto__packed(struct proto *p, uint64_t value);

/* Adds fields that were encoded elsewhere. */
void proto__append(struct proto *p, const struct proto *fields);
void proto__reset(struct proto *p);
void proto__free(struct proto *p);

#endif
