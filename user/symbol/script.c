// SPDX-License-Identifier: GPL-2.0-only
#include "symbol/script.h"

#include <stdlib.h>
#include <string.h>

#include "lib/array.h"

#define CODE_SHIFT 32 /* an address is the code's number, from 1, then bytes into its bytecode */
#define UNIT	   2  /* bytes of one code unit */

/* Kinds of entries of the table: bits 3 to 6 of the first byte. CPython, Objects/locations.md. */
enum {
	SHORT_LAST = 9, /* the same line; one byte follows */
	ONE_LINE_0 = 10,
	ONE_LINE_1,
	ONE_LINE_2, /* so many lines on; two bytes */
	NO_COLUMNS, /* a signed number of lines */
	LONG,	    /* the same, then three numbers */
	NO_LOCATION,
};

struct script {
	const char *file;
	struct script_code *codes;
	size_t count, size;
};

struct script *script__new(const char *file)
{
	struct script *s = calloc(1, sizeof(*s));

	if (s)
		s->file = file;
	return s;
}

void script__free(struct script *s)
{
	size_t i;

	if (!s)
		return;
	for (i = 0; i < s->count; i++) {
		free((char *)s->codes[i].function);
		free((unsigned char *)s->codes[i].lines);
	}
	free(s->codes);
	free(s);
}

uint64_t script__add(struct script *s, const struct script_code *code)
{
	struct script_code *grown = array__reserve(s->codes, &s->size, s->count, sizeof(*grown));
	struct script_code copy = *code;
	unsigned char *lines = malloc(code->lines_len + 1);

	if (grown)
		s->codes = grown;
	copy.function = strdup(code->function);
	copy.lines = lines;
	if (!grown || !lines || !copy.function) {
		free((char *)copy.function);
		free(lines);
		return UINT64_MAX;
	}
	if (code->lines_len)
		memcpy(lines, code->lines, code->lines_len);
	grown[s->count] = copy;
	return (uint64_t)++s->count << CODE_SHIFT;
}

bool script__place(const struct script *s, uint64_t address, struct place *place)
{
	uint64_t number = address >> CODE_SHIFT;

	*place = (struct place){0};
	if (!number || number > s->count)
		return false;
	number--;
	place->function = s->codes[number].function;
	place->file = s->file;
	place->line = script__line(&s->codes[number], address & ((1ull << CODE_SHIFT) - 1));
	return true;
}

/* --- the table of lines --- */

struct reader {
	const unsigned char *at, *end;
};

/* Six bits a byte, the lowest first; 0x40: more follow. */
static unsigned int read_number(struct reader *r)
{
	unsigned int value = 0, shift = 0;

	while (r->at < r->end) {
		unsigned char byte = *r->at++;

		if (shift < 32)
			value |= (byte & 0x3fu) << shift;
		shift += 6;
		if (!(byte & 0x40))
			break;
	}
	return value;
}

/* The sign is the lowest bit. */
static int read_signed(struct reader *r)
{
	unsigned int value = read_number(r);

	return value & 1 ? -(int)(value >> 1) : (int)(value >> 1);
}

static void skip(struct reader *r, size_t bytes)
{
	r->at = (size_t)(r->end - r->at) > bytes ? r->at + bytes : r->end;
}

/* By how many lines this entry is further on than the one before. */
static int read_lines(struct reader *r, unsigned int kind)
{
	int lines = 0;

	if (kind <= SHORT_LAST) {
		skip(r, 1);
	} else if (kind <= ONE_LINE_2) {
		lines = (int)kind - ONE_LINE_0;
		skip(r, 2);
	} else if (kind == NO_COLUMNS) {
		lines = read_signed(r);
	} else if (kind == LONG) {
		lines = read_signed(r);
		read_number(r);
		read_number(r);
		read_number(r);
	}
	return lines;
}

unsigned int script__line(const struct script_code *code, uint64_t at)
{
	struct reader r = {code->lines, code->lines + code->lines_len};
	int64_t line = code->first_line;
	uint64_t start = 0;

	while (r.at < r.end) {
		unsigned char head = *r.at++;
		unsigned int kind = head >> 3 & 15;

		if (!(head & 0x80)) /* no beginning of an entry */
			break;
		line += read_lines(&r, kind);
		start += (uint64_t)((head & 7u) + 1) * UNIT;
		if (at >= start)
			continue;
		return kind == NO_LOCATION || line <= 0 || line > INT32_MAX ? code->first_line
									    : (unsigned int)line;
	}
	return code->first_line;
}
