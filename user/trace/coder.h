/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of a coder: shared by codec.c (blocks), coding.c (frequent records), rare.c (the
 * others) and dictionary.c (tables of a block) alone.
 */
#ifndef TRACE_CODER_H
#define TRACE_CODER_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/events.h"
#include "trace/codec.h"

#define BLOCK_TARGET (128u << 10) /* payload bytes at which a block is full */
#define COST_HOT     192	  /* more than any switch or waking can take, over all columns */
#define COST_RARE    1024	  /* the same for the other types, without their variable end */
#define MAX_SLOTS    1024	  /* tasks in a block */
#define MAX_IDS	     4096
#define MAX_PLACES   4096
#define MAX_TAGS     255
#define TID_HASH     4096
#define TAG_HASH     1024
#define PLACE_ID     (MAX_IDS - 1) /* the stack's number in struct place.key */
#define ID_HASH	     8192
#define PLACE_HASH   1024

/* What a place is about. A task that waits, wakes and waits again goes from place to place. */
enum place_kind { PLACE_WAIT, PLACE_FUTEX, PLACE_WAKING, PLACE_KINDS };

/* What a block knows of a task. All zero for a new one, but for cpu. */
struct slot {
	uint32_t tid;
	uint16_t next; /* slot that followed it on this CPU */
	uint16_t cpu;
	uint32_t state[2];
	uint8_t nvcsw, prio;
	uint16_t last[PLACE_KINDS]; /* its last place of each kind, 0 = none yet */
};

/*
 * What a block knows of a task at one user stack: the guesses for its next record from there. All
 * zero for a new one, but for next. Numbers of stacks and files are those of ids[].
 */
struct place {
	uint32_t key;	/* slot, kind and, in the low bits, the stack's number */
	uint16_t next;	/* the task's place of this kind after it was here last */
	uint16_t chain; /* another one with the same hash, 0 = no more */
	union {
		struct {
			uint64_t args[CT_WAIT_ARGS], detail;
			int32_t nr;
			uint16_t fd_mode, klock, target;
		} wait;
		struct {
			uint64_t uaddr;
			uint32_t op, val;
			uint32_t words[CT_FUTEX_WORDS + CT_FUTEX_BEFORE];
			uint16_t shared;
		} futex;
		struct {
			uint64_t uaddr;
			uint32_t op, val;
			int32_t nr;
			uint16_t wakee; /* slot */
			uint16_t target;
		} waking;
	};
};

struct coder {
	uint8_t *at[COLUMNS];
	uint8_t *end[COLUMNS];	/* decoding */
	uint8_t *base[COLUMNS]; /* encoding */
	uint64_t seed;		/* of hashes: whoever writes a file does not know it */
	uint64_t last_ns;
	uint32_t mask; /* of the record at work */
	uint32_t room; /* encoding: bytes that are free for certain */
	uint32_t format;
	uint16_t stream, cur /* slot that runs */, nslots, ntags, nids, nplaces;
	bool bad;
	uint8_t *memory;
	uint32_t tags[MAX_TAGS]; /* from here on: up to the counts above */
	struct slot slots[MAX_SLOTS];
	uint64_t ids[MAX_IDS];
	struct place places[MAX_PLACES]; /* 0 is nobody's */
	uint16_t place_hash[PLACE_HASH]; /* place, 0 = none */
	/* Encoding only: where to look for a slot, tag or id; number + 1. */
	uint16_t tid_hash[TID_HASH];
	uint8_t tag_hash[TAG_HASH];
	uint16_t id_hash[ID_HASH];
};

/* The most bytes that a record takes, over all columns. */
uint32_t coder__cost(const union ct_event *ev);
/* Numbers of 64-bit ids in the block: 0 is 0, new ones are stored in full. */
unsigned int coder__put_id(struct coder *c, uint64_t id);
unsigned int coder__get_id(struct coder *c);
/* The place of that kind of the slot's task at the stack with this number; made if it is new. */
unsigned int coder__place(struct coder *c, unsigned int slot, enum place_kind kind,
			  unsigned int id);
void coder__forget_places(struct coder *c);
/* All record types that have record__fields(): all but time, type and flags. */
void coder__put_rare(struct coder *c, union ct_event *ev);
void coder__get_rare(struct coder *c, union ct_event *ev);

#endif
