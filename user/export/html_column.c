// SPDX-License-Identifier: GPL-2.0-only
#include "export/html_column.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "lib/spill.h"

#define IN_BYTES  4096
#define OUT_BYTES (32u << 10)
#define LEVEL	  6
#define RAW	  (-15) /* window bits; negative: no zlib header */
#define LEB_MOST  10
#define GROUPS	  1024 /* of base64, written at once */

struct column {
	z_stream z;
	FILE *spill; /* NULL while all fits into out[] */
	size_t nin, nout;
	uint8_t in[IN_BYTES], out[OUT_BYTES];
};

struct column *column__new(void)
{
	struct column *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	if (deflateInit2(&c->z, LEVEL, Z_DEFLATED, RAW, 8, Z_DEFAULT_STRATEGY) == Z_OK)
		return c;
	free(c);
	return NULL;
}

void column__free(struct column *c)
{
	if (!c)
		return;
	deflateEnd(&c->z);
	if (c->spill)
		fclose(c->spill);
	free(c);
}

static int spill(struct column *c)
{
	if (!c->spill)
		c->spill = spill__open();
	if (!c->spill)
		return -errno;
	if (fwrite(c->out, 1, c->nout, c->spill) != c->nout)
		return -EIO;
	c->nout = 0;
	return 0;
}

static int pack(struct column *c, const void *bytes, size_t len, int flush)
{
	int err, done;

	c->z.next_in = (Bytef *)(uintptr_t)bytes;
	c->z.avail_in = (uInt)len;
	do {
		if (c->nout == OUT_BYTES) {
			err = spill(c);
			if (err)
				return err;
		}
		c->z.next_out = c->out + c->nout;
		c->z.avail_out = (uInt)(OUT_BYTES - c->nout);
		done = deflate(&c->z, flush);
		c->nout = OUT_BYTES - c->z.avail_out;
		if (done == Z_STREAM_ERROR)
			return -EINVAL;
	} while (flush == Z_FINISH ? done != Z_STREAM_END : c->z.avail_in || !c->z.avail_out);
	return 0;
}

static int pack_waiting(struct column *c, int flush)
{
	int err = pack(c, c->in, c->nin, flush);

	c->nin = 0;
	return err;
}

int column__put(struct column *c, uint64_t value)
{
	int err;

	if (c->nin > IN_BYTES - LEB_MOST) {
		err = pack_waiting(c, Z_NO_FLUSH);
		if (err)
			return err;
	}
	for (; value > 0x7f; value >>= 7)
		c->in[c->nin++] = (uint8_t)(value | 0x80);
	c->in[c->nin++] = (uint8_t)value;
	return 0;
}

int column__bytes(struct column *c, const void *bytes, size_t len)
{
	int err = c->nin ? pack_waiting(c, Z_NO_FLUSH) : 0;

	return err || !len ? err : pack(c, bytes, len, Z_NO_FLUSH);
}

int column__file(struct column *c, FILE *file)
{
	uint8_t bytes[IN_BYTES];
	size_t n;
	int err = fflush(file) || fseeko(file, 0, SEEK_SET) ? -EIO : 0;

	while (!err && (n = fread(bytes, 1, sizeof(bytes), file)))
		err = column__bytes(c, bytes, n);
	return err ? err : ferror(file) ? -EIO : 0;
}

/* Base64 of what comes in pieces: up to two bytes wait for the next one. */
struct base64 {
	FILE *out;
	uint8_t rest[3];
	size_t nrest;
};

static void group(const uint8_t in[3], char out[4])
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];

	out[0] = digits[bits >> 18];
	out[1] = digits[bits >> 12 & 63];
	out[2] = digits[bits >> 6 & 63];
	out[3] = digits[bits & 63];
}

static void base64__add(struct base64 *b, const uint8_t *bytes, size_t len)
{
	char text[4 * GROUPS];
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		b->rest[b->nrest++] = bytes[i];
		if (b->nrest < 3)
			continue;
		b->nrest = 0;
		group(b->rest, text + n);
		n += 4;
		if (n < sizeof(text))
			continue;
		fwrite(text, 1, n, b->out);
		n = 0;
	}
	fwrite(text, 1, n, b->out);
}

static void base64__end(struct base64 *b)
{
	char text[4];
	size_t n = b->nrest;

	if (!n)
		return;
	memset(b->rest + n, 0, sizeof(b->rest) - n);
	group(b->rest, text);
	memset(text + n + 1, '=', 3 - n);
	fwrite(text, 1, sizeof(text), b->out);
}

int column__write(struct column *c, FILE *out)
{
	struct base64 b = {.out = out};
	int err = pack_waiting(c, Z_FINISH);
	uint8_t bytes[IN_BYTES];
	size_t n;

	if (err)
		return err;
	if (c->spill) {
		if (fflush(c->spill) || fseeko(c->spill, 0, SEEK_SET))
			return -EIO;
		while ((n = fread(bytes, 1, sizeof(bytes), c->spill)))
			base64__add(&b, bytes, n);
		if (ferror(c->spill))
			return -EIO;
	}
	base64__add(&b, c->out, c->nout);
	base64__end(&b);
	return ferror(out) ? -EIO : 0;
}
