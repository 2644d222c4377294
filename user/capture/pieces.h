/* SPDX-License-Identifier: GPL-2.0-only */
/* Whole files as CT_BLOB records, on the stream CT_STREAM_MAPS. */
#ifndef CAPTURE_PIECES_H
#define CAPTURE_PIECES_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/events.h"
#include "capture/capture.h"

/* One blob on its way out. */
struct pieces {
	capture_fn fn;
	void *ctx;
	int ret;	      /* what fn returned, once it was not 0: then no more is sent */
	struct ct_blob piece; /* being filled */
};

/* All pieces bear the time ts. kind: enum ct_blob_kind; dev: major << 20 | minor. */
void pieces__begin(struct pieces *p, uint64_t ts, unsigned int kind, uint32_t dev, uint64_t key);
void pieces__add(struct pieces *p, const void *bytes, size_t len);
/* The last piece. Returns what fn returned, 0 if all went well. */
int pieces__end(struct pieces *p);

/*
 * The file behind fd from its beginning, up to `most` bytes; of one that cannot be read to its end,
 * what could be read. All three return 0, or fn's nonzero value.
 */
int pieces__file(int fd, size_t most, uint64_t ts, const struct ct_blob *about, capture_fn fn,
		 void *ctx);
/* The vdso that the kernel mapped into this process: the same in all of 64 bits. */
int pieces__vdso(uint64_t ts, capture_fn fn, void *ctx);
/* What is mounted where, as this process sees it. */
int pieces__mounts(uint64_t ts, capture_fn fn, void *ctx);

#endif
