// SPDX-License-Identifier: GPL-2.0-only
#include "trace/pack.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#define LEVEL 1
/* What the headers of deflate blocks may add where columns end. */
#define COLUMN_SLACK 1024
/* Below this, Huffman tables of their own cost columns more than they gain. */
#define SMALL 4096

struct packer {
	z_stream z;
	uint8_t *out;
	size_t size;
};

struct packer *packer__new(void)
{
	struct packer *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	if (deflateInit(&p->z, LEVEL) != Z_OK) {
		free(p);
		return NULL;
	}
	return p;
}

void packer__free(struct packer *p)
{
	if (!p)
		return;
	deflateEnd(&p->z);
	free(p->out);
	free(p);
}

/*
 * Times hardly repeat: looking for repetitions in them costs time and gains nothing, so they get
 * Huffman codes alone, and one set of codes per column.
 */
static int strategy(int column)
{
	return column <= COL_OTHER ? Z_HUFFMAN_ONLY : Z_DEFAULT_STRATEGY;
}

static int pack_columns(z_stream *z, const uint8_t *raw, const size_t ends[COLUMNS])
{
	size_t from = 0;

	for (int i = 0; i < COLUMNS; i++) {
		if (ends[i] == from)
			continue;
		if (deflateParams(z, LEVEL, strategy(i)) != Z_OK)
			return Z_BUF_ERROR;
		z->next_in = (Bytef *)raw + from;
		z->avail_in = (uInt)(ends[i] - from);
		if (deflate(z, i <= COL_OTHER ? Z_BLOCK : Z_NO_FLUSH) != Z_OK || z->avail_in)
			return Z_BUF_ERROR;
		from = ends[i];
	}
	return deflate(z, Z_FINISH);
}

const uint8_t *packer__pack(struct packer *p, const uint8_t *raw, size_t len,
			    const size_t ends[COLUMNS], size_t *stored_len)
{
	size_t bound = deflateBound(&p->z, len) + COLUMN_SLACK;
	int result;

	if (bound > p->size) {
		free(p->out);
		p->size = 0;
		p->out = malloc(bound);
		if (!p->out)
			return NULL;
		p->size = bound;
	}
	deflateReset(&p->z);
	p->z.next_out = p->out;
	p->z.avail_out = (uInt)p->size;
	if (ends && len >= SMALL) {
		result = pack_columns(&p->z, raw, ends);
	} else {
		deflateParams(&p->z, LEVEL, Z_DEFAULT_STRATEGY);
		p->z.next_in = (Bytef *)raw;
		p->z.avail_in = (uInt)len;
		result = deflate(&p->z, Z_FINISH);
	}
	if (result != Z_STREAM_END || p->z.total_out >= len)
		return NULL;
	*stored_len = p->z.total_out;
	return p->out;
}

int pack__unpack(uint8_t *raw, size_t raw_len, const uint8_t *stored, size_t stored_len)
{
	uLongf got = raw_len;
	uLong taken = stored_len;
	int result = uncompress2(raw, &got, stored, &taken);

	if (result == Z_MEM_ERROR)
		return -ENOMEM;
	return result == Z_OK && got == raw_len && taken == stored_len ? 0 : -EBADMSG;
}
