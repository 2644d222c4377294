// SPDX-License-Identifier: GPL-2.0-only
#include "model/blobs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/files.h"
#include "symbol/modules.h"

struct blobs {
	struct modules *modules;
	struct files *files;
	struct ct_blob head; /* of the one that is being put together, without its bytes */
	unsigned char *bytes;
	size_t len, size;
};

struct blobs *blobs__new(struct modules *modules, struct files *files)
{
	struct blobs *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->modules = modules;
	b->files = files;
	return b;
}

void blobs__free(struct blobs *b)
{
	if (!b)
		return;
	free(b->bytes);
	free(b);
}

static int keep(struct blobs *b, const struct ct_blob *piece)
{
	size_t size = b->size ? b->size : (size_t)4 * CT_BLOB_BYTES;
	unsigned char *grown;

	while (size < b->len + piece->len)
		size *= 2;
	if (size > b->size) {
		grown = realloc(b->bytes, size);
		if (!grown)
			return -ENOMEM;
		b->bytes = grown;
		b->size = size;
	}
	memcpy(b->bytes + b->len, piece->bytes, piece->len);
	b->len += piece->len;
	return 0;
}

static int hand_on(struct blobs *b)
{
	if (b->head.kind == CT_BLOB_MOUNTS)
		return files__set_mounts(b->files, (const char *)b->bytes, b->len);
	return modules__add_blob(b->modules, b->head.kind, b->head.dev, b->head.key, b->bytes,
				 b->len);
}

int blobs__add(struct blobs *b, const struct ct_blob *piece)
{
	int ret;

	if (!piece->offset) {
		memcpy(&b->head, piece, offsetof(struct ct_blob, bytes));
		b->len = 0;
	}
	if (piece->kind != b->head.kind || piece->key != b->head.key || piece->dev != b->head.dev ||
	    piece->offset != b->len || piece->len > CT_BLOB_BYTES ||
	    b->len + piece->len > BLOB_MOST)
		return 0;
	ret = keep(b, piece);
	if (!ret && piece->len < CT_BLOB_BYTES)
		ret = hand_on(b);
	return ret;
}
