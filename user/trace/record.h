/* SPDX-License-Identifier: GPL-2.0-only */
/* Sizes and fields of the record types in bpf/events.h, as data. */
#ifndef TRACE_RECORD_H
#define TRACE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

union ct_event;

enum field_kind {
	FIELD_END = 0,
	FIELD_U8,
	FIELD_U16,
	FIELD_U32,
	FIELD_U64,
	FIELD_ID,     /* u64 that names a stack, file...: through the block's dictionary */
	FIELD_BEFORE, /* u64, a time: stored as how long before the record's own */
	FIELD_CHARS,  /* `count` bytes of text */
	FIELD_TEXT,   /* the record's variable end, if it is text */
	FIELD_BYTES,  /* the same, if it is something else */
	FIELD_SINCE,  /* the fields from here on came with file format `count` */
};

struct record_field {
	uint8_t kind; /* enum field_kind */
	uint16_t count;
	uint16_t offset;
};

/* True for what says more of the record before it: of the same instant, nothing comes between them.
 */
bool record__says_more(unsigned int type);
/* Size of the type's struct; 0 for a type that is not known. */
size_t record__size(unsigned int type);
/* The same without the variable end that some types have: bytes that are always in use. */
size_t record__fixed(unsigned int type);
/* The word that losses of the type are counted under, "other" if it has none of its own. */
const char *record__kind(unsigned int type);
/*
 * The fields of a rare record type in the order in which they are coded, ended by FIELD_END. NULL
 * for types that have a coder of their own, and unknown ones. Before them come those of the header
 * other than ts, type and flags.
 */
const struct record_field *record__fields(unsigned int type);
const struct record_field *record__head_fields(void);
/*
 * Bytes in use of a record's variable end (text of exec, file and map, bytes of stack and blob); 0
 * for other types. -EINVAL if a length in it exceeds what there can be. Looks at no more than
 * record__fixed() bytes.
 */
int record__tail(const union ct_event *ev);
/*
 * Size of a record that the kernel side put into a ring where `available` bytes may be read: stacks
 * and Python's code end with their last byte, all others are there as whole structs. 0 if it is of
 * no known type, or would be longer than `available`. Records begin at multiples of 8.
 */
size_t record__length(const void *record, size_t available);
/*
 * Copies a record of `size` bytes. It may end with the last byte in use of its variable end; what
 * lies behind that in *ev is left as it is. Returns 0, -EINVAL if it is of no known type, too
 * short, or its lengths are wrong.
 */
int record__copy(union ct_event *ev, const void *record, size_t size);

#endif
