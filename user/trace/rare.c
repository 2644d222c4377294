// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records that are not frequent enough to have a coder of their own: field by field, as the tables
 * in record.c say. As in coding.c, one body of code serves both directions.
 */
#include <string.h>

#include "trace/coder.h"
#include "trace/record.h"
#include "trace/varint.h"

static void code_bytes(struct coder *c, enum column col, char *bytes, size_t len, bool dec)
{
	if (!dec)
		memcpy(c->at[col], bytes, len);
	else if (len <= (size_t)(c->end[col] - c->at[col]))
		memcpy(bytes, c->at[col], len);
	else
		c->bad = true;
	if (!c->bad)
		c->at[col] += len;
}

static uint64_t get(struct coder *c)
{
	uint64_t v = 0;
	const uint8_t *p = varint__get(c->at[COL_RARE], c->end[COL_RARE], &v);

	if (p)
		c->at[COL_RARE] += p - c->at[COL_RARE];
	else
		c->bad = true;
	return p ? v : 0;
}

/* memcpy because only the record's start is of a known type here. */
static void code_number(struct coder *c, char *field, size_t width, bool dec)
{
	uint64_t v = 0; /* little-endian machines only, as is the recorder */

	if (dec) {
		v = get(c);
		memcpy(field, &v, width);
	} else {
		memcpy(&v, field, width);
		c->at[COL_RARE] = varint__put(c->at[COL_RARE], v);
	}
}

static void code_id(struct coder *c, char *field, bool dec)
{
	uint64_t id;

	if (dec) {
		id = c->ids[coder__get_id(c)];
		memcpy(field, &id, sizeof(id));
	} else {
		memcpy(&id, field, sizeof(id));
		coder__put_id(c, id);
	}
}

static void code_before(struct coder *c, char *field, uint64_t ts, bool dec)
{
	uint64_t time, before;

	memcpy(&time, field, sizeof(time));
	before = ts - time;
	code_number(c, (char *)&before, sizeof(before), dec);
	time = ts - before;
	memcpy(field, &time, sizeof(time));
}

static void code_tail(struct coder *c, enum column col, union ct_event *ev, bool dec)
{
	int len = record__tail(ev);

	if (len >= 0)
		code_bytes(c, col, (char *)ev + record__fixed(ev->h.type), (size_t)len, dec);
	else
		c->bad = true;
}

static void code_fields(struct coder *c, union ct_event *ev, const struct record_field *field,
			bool dec)
{
	static const uint8_t width[] = {
		[FIELD_U8] = 1, [FIELD_U16] = 2, [FIELD_U32] = 4, [FIELD_U64] = 8};

	for (; field->kind != FIELD_END; field++) {
		char *at = (char *)ev + field->offset;

		switch (field->kind) {
		case FIELD_ID:
			code_id(c, at, dec);
			break;
		case FIELD_BEFORE:
			code_before(c, at, ev->h.ts, dec);
			break;
		case FIELD_CHARS:
			code_bytes(c, COL_TEXT, at, field->count, dec);
			break;
		case FIELD_TEXT:
			code_tail(c, COL_TEXT, ev, dec);
			break;
		case FIELD_BYTES:
			code_tail(c, COL_BYTES, ev, dec);
			break;
		case FIELD_SINCE:
			if (c->format < field->count)
				return;
			break;
		default:
			for (int i = 0; i < field->count; i++)
				code_number(c, at + (size_t)i * width[field->kind],
					    width[field->kind], dec);
		}
	}
}

void coder__put_rare(struct coder *c, union ct_event *ev)
{
	code_fields(c, ev, record__head_fields(), false);
	code_fields(c, ev, record__fields(ev->h.type), false);
}

void coder__get_rare(struct coder *c, union ct_event *ev)
{
	code_fields(c, ev, record__head_fields(), true);
	code_fields(c, ev, record__fields(ev->h.type), true);
}
