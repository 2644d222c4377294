/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the blocks are: written at the end of a file, and found again, from there or from the
 * blocks themselves.
 */
#ifndef TRACE_INDEX_H
#define TRACE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/strbuf.h"
#include "trace/format.h"

struct error;
struct source;

struct index_writer {
	struct strbuf rows;
	uint64_t count;		/* of rows */
	struct block_head last; /* the row before */
	uint64_t end;		/* offset behind that block */
	uint64_t trailer_offset;
	uint32_t trailer_number;
};

/* Remembers a block, if readers need it. Memory running out shows at the end. */
void index_writer__add(struct index_writer *w, const struct block_head *head, uint64_t offset);
/* The payload of the index block. */
void index_writer__finish(struct index_writer *w, struct strbuf *payload);
/* Bytes that payload may take when one more block was added. */
uint64_t index_writer__most(const struct index_writer *w);
void index_writer__free(struct index_writer *w);

struct block_ref {
	struct block_head head;
	uint64_t offset;
	uint32_t next; /* of the same stream, in refs[]; 0 = none, for none follows itself */
};

struct block_list {
	struct block_ref *refs; /* blocks of records, in the order of the file */
	uint32_t count, size;
	bool complete;		  /* there is a trailer */
	struct block_ref trailer; /* valid if complete */
	bool marked;
	uint64_t mark_ns; /* if not complete, but marked */
};

/*
 * Finds the blocks of a file, which begin at `start`; by its index if it has a sound one, else by
 * going from block to block. Without a trailer, the list ends with the last mark. Returns 0, or a
 * negative errno with err filled; free the list in any case.
 */
int block_list__find(struct block_list *list, struct source *src, uint64_t start, uint32_t ncpus,
		     struct error *err);
void block_list__free(struct block_list *list);

#endif
