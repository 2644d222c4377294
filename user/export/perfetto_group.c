// SPDX-License-Identifier: GPL-2.0-only
#include "export/perfetto_group.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#include "export/perfetto_fields.h"
#include "lib/worker.h"

/* Uncompressed bytes of a group: beyond this, deflate gains nothing any more. */
#define GROUP_BYTES (256u << 10)
/* Measured on 10 million events: level 6 is 6 % smaller, and the export takes twice as long. */
#define DEFLATE_LEVEL 2

struct group {
	struct groups *all;
	struct proto raw;
};

struct groups {
	FILE *out;
	bool plain, tried; /* whether there is a worker */
	struct worker *worker;
	struct group two[2]; /* one is filled while the other is written */
	unsigned int filling;
	uint64_t bytes;	    /* handed on */
	struct proto outer; /* the compressed group's own packet */
	z_stream z;
	uint8_t *packed;
	size_t packed_size;
	int err; /* the worker's, until groups__finish */
};

struct groups *groups__new(FILE *out, bool plain)
{
	struct groups *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->out = out;
	g->plain = plain;
	g->two[0].all = g->two[1].all = g;
	if (deflateInit(&g->z, DEFLATE_LEVEL) != Z_OK) {
		free(g);
		return NULL;
	}
	return g;
}

void groups__free(struct groups *g)
{
	if (!g)
		return;
	worker__free(g->worker);
	deflateEnd(&g->z);
	proto__free(&g->two[0].raw);
	proto__free(&g->two[1].raw);
	proto__free(&g->outer);
	free(g->packed);
	free(g);
}

struct proto *groups__next(struct groups *g)
{
	return &g->two[g->filling].raw;
}

uint64_t groups__bytes(const struct groups *g)
{
	return g->bytes + g->two[g->filling].raw.len;
}

static int compress_group(struct groups *g, const struct proto *raw, size_t *len)
{
	size_t bound = deflateBound(&g->z, raw->len);
	uint8_t *grown;

	if (bound > g->packed_size) {
		grown = realloc(g->packed, bound);
		if (!grown)
			return -ENOMEM;
		g->packed = grown;
		g->packed_size = bound;
	}
	deflateReset(&g->z);
	g->z.next_in = raw->data;
	g->z.avail_in = (uInt)raw->len;
	g->z.next_out = g->packed;
	g->z.avail_out = (uInt)g->packed_size;
	if (deflate(&g->z, Z_FINISH) != Z_STREAM_END)
		return -EIO;
	*len = g->packed_size - g->z.avail_out;
	return 0;
}

static int write_packed(struct groups *g, const struct proto *raw)
{
	size_t len = 0, mark;
	int err = compress_group(g, raw, &len);

	if (err)
		return err;
	proto__reset(&g->outer);
	mark = proto__begin(&g->outer, TRACE_PACKET);
	proto__uint(&g->outer, PACKET_SEQUENCE_ID, SEQUENCE_ID);
	proto__bytes(&g->outer, PACKET_COMPRESSED, g->packed, len);
	proto__end(&g->outer, mark);
	if (g->outer.failed)
		return -ENOMEM;
	return fwrite(g->outer.data, 1, g->outer.len, g->out) == g->outer.len ? 0 : -EIO;
}

static void write_group(void *arg)
{
	struct group *group = arg;
	struct groups *g = group->all;

	if (!g->err && !g->plain)
		g->err = write_packed(g, &group->raw);
	else if (!g->err && fwrite(group->raw.data, 1, group->raw.len, g->out) != group->raw.len)
		g->err = -EIO;
	proto__reset(&group->raw);
}

static void hand_on(struct groups *g)
{
	struct group *group = &g->two[g->filling];

	if (!group->raw.len)
		return;
	/* A small trace needs no thread. */
	if (!g->tried && !g->plain)
		g->worker = worker__new();
	g->tried = true;
	g->bytes += group->raw.len;
	worker__do(g->worker, write_group, group);
	g->filling ^= 1;
}

int groups__put(struct groups *g)
{
	struct proto *raw = groups__next(g);

	if (raw->failed)
		return -ENOMEM;
	if (raw->len < GROUP_BYTES)
		return 0;
	hand_on(g);
	return 0;
}

int groups__finish(struct groups *g)
{
	if (groups__next(g)->failed)
		return -ENOMEM;
	g->tried = true;
	hand_on(g);
	worker__wait(g->worker);
	return g->err;
}
