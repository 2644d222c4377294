// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inputs out of recordings: `seed records FILE MOST` for trace_records, `seed plain FILE` for
 * trace_file, without compression. On standard output; the bytes that choose form and mending come
 * from the script that calls it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "lib/error.h"
#include "tests/fuzz/lib/records.h"
#include "trace/format.h"
#include "trace/pack.h"
#include "trace/reader.h"

#define FILE_MOST (1u << 20)

/* Blocks with their payloads as they are before compression; checksums are the reader's to mend. */
static int plain(const char *path)
{
	uint8_t *bytes = malloc(FILE_MOST), *raw = malloc(BLOCK_MAX_RAW), out[BLOCK_HEAD_SIZE];
	FILE *f = fopen(path, "re");
	struct block_head head;
	size_t len, at;

	if (!bytes || !raw || !f)
		return 1;
	len = fread(bytes, 1, FILE_MOST, f);
	fclose(f);
	at = FILE_HEAD_SIZE + format__get_u32(bytes + 12) + 4;
	fwrite(bytes, 1, at, stdout);
	for (; at + BLOCK_HEAD_SIZE <= len; at += BLOCK_HEAD_SIZE + head.stored_len) {
		const uint8_t *stored = bytes + at + BLOCK_HEAD_SIZE;
		bool packed;

		if (block_head__unpack(&head, bytes + at))
			break;
		packed = head.flags & BLOCK_ZLIB;
		if (packed && pack__unpack(raw, head.raw_len, stored, head.stored_len))
			return 1;
		block_head__pack(&head, out);
		out[5] &= (uint8_t)~BLOCK_ZLIB;
		format__put_u32(out + 32, head.raw_len);
		/* An index would tell of other lengths: the file does without. */
		if (head.type == BLOCK_INDEX)
			continue;
		fwrite(out, 1, sizeof(out), stdout);
		fwrite(packed ? raw : stored, 1, head.raw_len, stdout);
	}
	free(bytes);
	free(raw);
	return 0;
}

static int records(const char *path, size_t most)
{
	struct trace_reader *r;
	struct error err;

	if (trace_reader__open(path, &r, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	records__input(r, most, stdout);
	trace_reader__close(r);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "records"))
		return records(argv[2], strtoul(argv[3], NULL, 10));
	if (argc == 3 && !strcmp(argv[1], "plain"))
		return plain(argv[2]);
	fprintf(stderr, "usage: seed records FILE MOST | seed plain FILE\n");
	return 2;
}
