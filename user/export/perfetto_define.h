/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes what interned ids stand for: entries of InternedData's tables, many to a packet. */
#ifndef EXPORT_PERFETTO_DEFINE_H
#define EXPORT_PERFETTO_DEFINE_H

#include <stddef.h>
#include <stdint.h>

#include "export/proto.h"

struct packets;

/* `packets` set, the rest zero is a valid empty one. Failures are kept: see define__finish. */
struct define {
	struct packets *packets;
	struct proto entries;
	int err;
};

/* Untrusted text. `table`: INTERNED_... */
void define__text(struct define *d, uint32_t table, uint64_t iid, const char *text);
/* An entry of another form: add its fields to what define__begin returns. */
struct proto *define__begin(struct define *d, uint32_t table, uint64_t iid, size_t *mark);
void define__end(struct define *d, size_t mark);
/* Writes what is left and frees. Returns 0, -ENOMEM or -EIO. */
int define__finish(struct define *d);

#endif
