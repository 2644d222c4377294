/* SPDX-License-Identifier: GPL-2.0-only */
/* Sizes and fields of the record types in bpf/events.h, as data. */
#ifndef TRACE_RECORD_H
#define TRACE_RECORD_H

#include <stddef.h>
#include <stdint.h>

union ct_event;

enum field_kind {
	FIELD_END = 0,
	FIELD_U8,
	FIELD_U16,
	FIELD_U32,
	FIELD_U64,
	FIELD_COMM,	 /* CT_COMM_LEN bytes */
	FIELD_EXEC_TEXT, /* ct_exec.text: file_len + args_len bytes */
};

struct record_field {
	uint8_t kind; /* enum field_kind */
	uint8_t count;
	uint16_t offset;
};

/* Size of the type's struct; 0 for a type that is not known. */
size_t record__size(unsigned int type);
/* The word that losses of the type are counted under, "other" if it has none of its own. */
const char *record__kind(unsigned int type);
/*
 * The fields of a rare record type in the order in which they are coded, ended by FIELD_END. NULL
 * for types that have a coder of their own, and unknown ones. Before them come those of the header
 * other than ts, type and flags.
 */
const struct record_field *record__fields(unsigned int type);
const struct record_field *record__head_fields(void);
/* Bytes of text[] in use; negative if the lengths exceed it. */
int record__exec_text(const union ct_event *ev);
/*
 * Copies a record of `size` bytes as the kernel side sends it. An exec may end with its last byte
 * of text. Returns 0, -EINVAL if it is of no known type, too short, or its lengths are wrong.
 */
int record__copy(union ct_event *ev, const void *record, size_t size);

#endif
