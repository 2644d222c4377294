/* SPDX-License-Identifier: GPL-2.0-only */
/* The inside of a coder: shared by codec.c (blocks) and coding.c (records) alone. */
#ifndef TRACE_CODER_H
#define TRACE_CODER_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/events.h"
#include "trace/codec.h"

#define BLOCK_TARGET (128u << 10) /* payload bytes at which a block is full */
#define COST_HOT     192	  /* more than any switch or waking can take, over all columns */
#define COST_RARE    1024	  /* the same for the other types */
#define MAX_SLOTS    1024	  /* tasks in a block */
#define MAX_TAGS     255
#define TID_HASH     4096
#define TAG_HASH     1024

/* What a block knows of a task: the guesses for its next record. All zero for a new one. */
struct slot {
	uint32_t tid;
	uint16_t next;	/* slot that followed it on this CPU */
	uint16_t wakee; /* slot that it woke last */
	uint32_t state[2];
	uint8_t nvcsw, prio;
	uint16_t cpu, fd_mode;
	int32_t nr, waking_nr;
	uint32_t op, val, waking_op, waking_val;
	uint64_t uaddr, waking_uaddr;
	uint64_t args[CT_WAIT_ARGS];
	uint32_t words[CT_FUTEX_WORDS];
};

struct coder {
	uint8_t *at[COLUMNS];
	uint8_t *end[COLUMNS];	/* decoding */
	uint8_t *base[COLUMNS]; /* encoding */
	uint64_t last_ns;
	uint32_t mask; /* of the record at work */
	uint32_t room; /* encoding: bytes that are free for certain */
	uint16_t stream, cur /* slot that runs */, nslots, ntags;
	bool bad;
	uint32_t tags[MAX_TAGS];
	struct slot slots[MAX_SLOTS];
	/* Encoding only: where to look for a slot or tag; number + 1. */
	uint16_t tid_hash[TID_HASH];
	uint8_t tag_hash[TAG_HASH];
	uint8_t *memory;
};

#endif
