/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace_info and trace_trailer as bytes. Fields in a fixed order; later versions append, and
 * whoever does not know the rest ignores it.
 */
#ifndef TRACE_META_H
#define TRACE_META_H

#include <stddef.h>
#include <stdint.h>

struct strbuf;
struct trace_info;
struct trace_trailer;

void meta__put_info(struct strbuf *to, const struct trace_info *info);
/*
 * Fills info, with memory of its own for the command: free it with meta__free_info, also after a
 * failure. Returns 0, -EBADMSG or -ENOMEM.
 */
int meta__get_info(struct trace_info *info, const uint8_t *bytes, size_t len);
void meta__free_info(struct trace_info *info);

/* `records` is how many the file holds, by the writer's own count. */
void meta__put_trailer(struct strbuf *to, const struct trace_trailer *trailer, uint64_t records);
/* Returns 0 or -EBADMSG. */
int meta__get_trailer(struct trace_trailer *trailer, uint64_t *records, const uint8_t *bytes,
		      size_t len);

#endif
