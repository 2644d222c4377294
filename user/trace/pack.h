/* SPDX-License-Identifier: GPL-2.0-only */
/* Payloads to and from zlib. */
#ifndef TRACE_PACK_H
#define TRACE_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "trace/codec.h"

struct packer;

/* Returns NULL when out of memory. */
struct packer *packer__new(void);
void packer__free(struct packer *p);
/*
 * Compresses `raw`; ends[] tells where its columns end, or is NULL for other payloads. Returns
 * where the result is, with its length in *stored_len: valid until the next call. NULL if it
 * would not become shorter, or when out of memory: then store it as it is.
 */
const uint8_t *packer__pack(struct packer *p, const uint8_t *raw, size_t len,
			    const size_t ends[COLUMNS], size_t *stored_len);

/* Inflates to exactly raw_len bytes. Returns 0, -EBADMSG or -ENOMEM. */
int pack__unpack(uint8_t *raw, size_t raw_len, const uint8_t *stored, size_t stored_len);

#endif
