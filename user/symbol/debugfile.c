// SPDX-License-Identifier: GPL-2.0-only
#include "symbol/debugfile.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <limits.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUILD_ID_MOST 64		   /* bytes */
#define INNER_MOST    ((size_t)64 << 20)   /* bytes, unpacked */
#define XZ_MEMORY     ((uint64_t)64 << 20) /* bytes, to unpack */

static bool has_build_id(const struct image *image, const unsigned char *id, size_t len)
{
	const unsigned char *has;

	return len && len == image__build_id(image, &has) && !memcmp(id, has, len);
}

/* Out of memory, or what else? A debug file that cannot be used is as good as none. */
static int only_enomem(int err)
{
	return err == -ENOMEM ? err : 0;
}

static int open_by_id(const unsigned char *id, size_t len, const char *root, struct image **out)
{
	char path[PATH_MAX], hex[2 * BUILD_ID_MOST + 1];
	struct stat st;
	size_t i;
	int err;

	*out = NULL;
	if (len < 2 || len > BUILD_ID_MOST)
		return 0;
	for (i = 0; i < len; i++)
		snprintf(hex + 2 * i, 3, "%02x", id[i]);
	if (snprintf(path, sizeof(path), "%s/.build-id/%.2s/%s.debug", root, hex, hex + 2) >=
	    (int)sizeof(path))
		return 0;
	err = image__open(path, &st, out);
	if (err)
		return only_enomem(err);
	if (!has_build_id(*out, id, len)) {
		image__free(*out);
		*out = NULL;
	}
	return 0;
}

static int open_linked(const struct image *image, const char *path, GElf_Word sum,
		       struct image **out)
{
	const unsigned char *id;
	struct stat st;
	uint32_t has;
	int err = image__open(path, &st, out);
	size_t len = image__build_id(image, &id);
	bool good;

	if (err)
		return only_enomem(err);
	if (len)
		good = has_build_id(*out, id, len);
	else
		good = !image__checksum(path, &has) && has == sum;
	if (!good) {
		image__free(*out);
		*out = NULL;
	}
	return 0;
}

static int open_by_link(const struct image *image, const char *path, const char *root,
			struct image **out)
{
	const char *slash = strrchr(path, '/'), *name;
	char found[PATH_MAX];
	GElf_Word sum;
	size_t i;
	int err = 0, len;

	name = dwelf_elf_gnu_debuglink(image__elf(image), &sum);
	if (!name || !*name || strchr(name, '/') || !slash)
		return 0;
	for (i = 0; i < 3 && !err && !*out; i++) {
		if (i == 0)
			len = snprintf(found, sizeof(found), "%.*s/%s", (int)(slash - path), path,
				       name);
		else if (i == 1)
			len = snprintf(found, sizeof(found), "%.*s/.debug/%s", (int)(slash - path),
				       path, name);
		else
			len = snprintf(found, sizeof(found), "%s%.*s/%s", root, (int)(slash - path),
				       path, name);
		if (len < (int)sizeof(found) && strcmp(found, path) != 0)
			err = open_linked(image, found, sum, out);
	}
	return err;
}

int debugfile__open(const struct image *image, const char *path, const char *root,
		    struct image **out)
{
	const unsigned char *id;
	size_t len = image__build_id(image, &id);
	int err = open_by_id(id, len, root, out);

	if (!err && !*out && path)
		err = open_by_link(image, path, root, out);
	return err;
}

int debugfile__complete(struct image *image, const char *root)
{
	const unsigned char *id;
	size_t len = image__shared_id(image, &id);
	struct image *shared;
	int err = open_by_id(id, len, root, &shared);

	if (!err && shared)
		image__set_shared(image, shared);
	return err;
}

static int unpack(const struct image_section *packed, unsigned char **bytes, size_t *len)
{
	size_t room = packed->len < INNER_MOST / 16 ? packed->len * 16 : INNER_MOST, in = 0;
	uint64_t memory = XZ_MEMORY;
	lzma_ret ret;

	for (;;) {
		*bytes = malloc(room);
		if (!*bytes)
			return -ENOMEM;
		*len = in = 0;
		ret = lzma_stream_buffer_decode(&memory, 0, NULL, packed->bytes, &in, packed->len,
						*bytes, len, room);
		if (ret == LZMA_OK)
			return 0;
		free(*bytes);
		*bytes = NULL;
		if (ret != LZMA_BUF_ERROR || room >= INNER_MOST)
			return ret == LZMA_MEM_ERROR ? -ENOMEM : -EINVAL;
		room = room < INNER_MOST / 4 ? room * 4 : INNER_MOST;
	}
}

int debugfile__inner(const struct image *image, unsigned char **bytes, struct image **out)
{
	struct image_section packed;
	size_t len;
	int err;

	*bytes = NULL;
	*out = NULL;
	if (!image__section(image, ".gnu_debugdata", &packed) || packed.len > INNER_MOST)
		return 0;
	err = unpack(&packed, bytes, &len);
	if (!err)
		err = image__from_memory(*bytes, len, out);
	if (err) {
		free(*bytes);
		*bytes = NULL;
	}
	return only_enomem(err);
}
