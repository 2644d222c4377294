// SPDX-License-Identifier: GPL-2.0-only
#include "model/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "lib/u64map.h"

#define MOST_MOUNTS 4096

struct entry {
	struct file_info pub;
	char text[];
};

struct mount {
	uint32_t dev;
	char *point;
};

struct files {
	struct u64map *by_id;
	struct entry **all; /* by index */
	size_t count, size;
	struct mount *mounts;
	size_t nmounts;
};

struct files *files__new(void)
{
	struct files *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->by_id = u64map__new();
	if (f->by_id)
		return f;
	free(f);
	return NULL;
}

void files__free(struct files *f)
{
	size_t i;

	if (!f)
		return;
	for (i = 0; i < f->count; i++)
		free(f->all[i]);
	for (i = 0; i < f->nmounts; i++)
		free(f->mounts[i].point);
	free(f->all);
	free(f->mounts);
	u64map__free(f->by_id);
	free(f);
}

/*
 * The record has a path's parts from the last to the first, a NUL after each. Writes them the other
 * way round with slashes; returns the length. `to` has room for len + 1 bytes.
 */
static size_t turn_round(char *to, const char *parts, size_t len, bool rooted)
{
	size_t end = len, at = 0;

	while (end) {
		size_t start = end - 1; /* on the NUL that ends this part */

		while (start && parts[start - 1])
			start--;
		if (at || rooted)
			to[at++] = '/';
		memcpy(to + at, parts + start, end - 1 - start);
		at += end - 1 - start;
		end = start;
	}
	to[at] = '\0';
	return at;
}

/* A socket's path may have NULs behind it: all that bind() was given. An abstract name has any. */
static size_t copy_name(char *to, const struct ct_file *file, size_t len)
{
	memcpy(to, file->text, len);
	return to[0] ? strnlen(to, len) : len;
}

int files__add(struct files *f, const struct ct_file *file)
{
	size_t len = file->text_len <= CT_PATH_LEN ? file->text_len : 0;
	struct entry *e, **all;

	if (files__find(f, file->id))
		return 0;
	all = array__reserve(f->all, &f->size, f->count, sizeof(struct entry *));
	if (!all)
		return -ENOMEM;
	f->all = all;
	e = calloc(1, sizeof(*e) + len + 2);
	if (!e || u64map__set(f->by_id, file->id, e)) {
		free(e);
		return -ENOMEM;
	}
	e->pub.index = (uint32_t)f->count;
	e->pub.id = file->id;
	e->pub.ino = file->ino;
	e->pub.dev = file->dev;
	e->pub.flags = file->flags;
	e->pub.mode = file->mode;
	e->pub.family = file->family;
	e->pub.protocol = file->protocol;
	e->pub.local_port = file->local_port;
	e->pub.peer_port = file->peer_port;
	e->pub.peer_ino = file->peer_ino;
	memcpy(e->pub.local, file->local, sizeof(e->pub.local));
	memcpy(e->pub.peer, file->peer, sizeof(e->pub.peer));
	if ((file->flags & CT_FILE_PATH) && len && !file->text[len - 1])
		len = turn_round(e->text, (const char *)file->text, len,
				 !(file->flags & (CT_FILE_TRUNCATED | CT_FILE_NO_FOLDER)));
	else
		len = copy_name(e->text, file, len);
	e->pub.text = e->text;
	e->pub.text_len = (uint32_t)len;
	f->all[f->count++] = e;
	return 0;
}

const struct file_info *files__find(const struct files *f, uint64_t id)
{
	const struct entry *e = id ? u64map__get(f->by_id, id) : NULL;

	return e ? &e->pub : NULL;
}

#define SHARED_MOST (1ull << 40) /* bytes of a file that is mapped */

const struct file_info *files__of_futex(const struct files *f, uint64_t shared)
{
	size_t i;

	/* The one that was recorded last, most likely: it came with the first wait. */
	for (i = f->count; i-- > 0;) {
		const struct file_info *file = &f->all[i]->pub;

		if ((file->flags & CT_FILE_MAPPING) && file->peer_ino &&
		    shared - file->peer_ino < SHARED_MOST)
			return file;
	}
	return NULL;
}

size_t files__count(const struct files *f)
{
	return f->count;
}

const struct file_info *files__at(const struct files *f, size_t index)
{
	return index < f->count ? &f->all[index]->pub : NULL;
}

/* Blanks and the like are written as octal numbers there. */
static void unescape(char *text)
{
	char *to = text;
	unsigned int code;

	for (; *text; text++) {
		if (text[0] == '\\' && sscanf(text + 1, "%3o", &code) == 1 && text[1] && text[2] &&
		    text[3]) {
			*to++ = (char)code;
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/* "36 35 98:0 / /mnt rw - ext4 ...": proc(5). Only whole file systems: their root is "/". */
static int add_mount(struct files *f, const char *line)
{
	unsigned int major, minor;
	char root[8], point[CT_PATH_LEN];
	struct mount *grown;

	if (sscanf(line, "%*u %*u %u:%u %7s %255s", &major, &minor, root, point) != 4 ||
	    strcmp(root, "/") != 0 || f->nmounts == MOST_MOUNTS)
		return 0;
	unescape(point);
	grown = realloc(f->mounts, (f->nmounts + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	f->mounts = grown;
	grown[f->nmounts].dev = major << 20 | (minor & 0xfffff);
	grown[f->nmounts].point = strdup(point);
	return grown[f->nmounts++].point ? 0 : -ENOMEM;
}

int files__set_mounts(struct files *f, const char *text, size_t len)
{
	const char *end = text + len;
	int ret = 0;

	while (text < end && !ret) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((stop ? stop : end) - text);
		char line[1024];

		if (n < sizeof(line)) {
			memcpy(line, text, n);
			line[n] = '\0';
			ret = add_mount(f, line);
		}
		text += n + 1;
	}
	return ret;
}

const char *files__mount(const struct files *f, uint32_t dev)
{
	size_t i;

	for (i = 0; i < f->nmounts; i++)
		if (f->mounts[i].dev == dev)
			return f->mounts[i].point;
	return NULL;
}
