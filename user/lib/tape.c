// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chunks of one size; entries do not cross them. An entry is followed by its length, by which the
 * reader finds its beginning. The first chunks stay in memory, later ones go to the file.
 */
#include "lib/tape.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/array.h"
#include "lib/spill.h"

#define CHUNK (256u << 10)

struct chunk {
	uint8_t *bytes; /* NULL: in the file */
	uint32_t used;
};

struct tape {
	struct chunk *chunks;
	size_t count, size;
	size_t most; /* chunks kept in memory */
	FILE *file;  /* NULL = none yet */
};

struct tape_reader {
	const struct tape *tape;
	size_t chunk; /* the next one to read is before it */
	const uint8_t *bytes;
	uint32_t left;
	uint8_t *buffer; /* for chunks of the file */
};

struct tape *tape__new(size_t memory)
{
	struct tape *t = calloc(1, sizeof(*t));

	if (t)
		t->most = memory / CHUNK + 1;
	return t;
}

void tape__free(struct tape *t)
{
	size_t i;

	if (!t)
		return;
	for (i = 0; i < t->count; i++)
		free(t->chunks[i].bytes);
	free(t->chunks);
	if (t->file)
		fclose(t->file);
	free(t);
}

static int write_all(int fd, const uint8_t *bytes, off_t at)
{
	size_t done = 0;

	while (done < CHUNK) {
		ssize_t n = pwrite(fd, bytes + done, CHUNK - done, at + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}

/* Moves the last chunk to the file. Its memory is used for the next one. */
static int spill(struct tape *t, uint8_t **memory)
{
	struct chunk *last = &t->chunks[t->count - 1];
	int err;

	if (!t->file) {
		t->file = spill__open();
		if (!t->file)
			return -errno;
	}
	err = write_all(fileno(t->file), last->bytes, (off_t)(t->count - 1) * CHUNK);
	if (err)
		return err;
	*memory = last->bytes;
	last->bytes = NULL;
	return 0;
}

static int add_chunk(struct tape *t)
{
	struct chunk *chunks;
	uint8_t *memory = NULL;
	int err;

	chunks = array__reserve(t->chunks, &t->size, t->count, sizeof(*chunks));
	if (!chunks)
		return -ENOMEM;
	t->chunks = chunks;
	if (t->count > t->most) {
		err = spill(t, &memory);
		if (err)
			return err;
	}
	if (!memory)
		memory = calloc(1, CHUNK + TAPE_SLACK);
	if (!memory)
		return -ENOMEM;
	chunks[t->count++] = (struct chunk){.bytes = memory};
	return 0;
}

int tape__append(struct tape *t, const void *bytes, size_t len)
{
	struct chunk *last = t->count ? &t->chunks[t->count - 1] : NULL;
	int err;

	if (!len || len > TAPE_ENTRY_MOST)
		return -EINVAL;
	if (!last || last->used + len + 1 > CHUNK) {
		err = add_chunk(t);
		if (err)
			return err;
		last = &t->chunks[t->count - 1];
	}
	memcpy(last->bytes + last->used, bytes, len);
	last->used += (uint32_t)len;
	last->bytes[last->used++] = (uint8_t)len;
	return 0;
}

struct tape_reader *tape_reader__new(const struct tape *t)
{
	struct tape_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->tape = t;
	r->chunk = t->count;
	if (t->file)
		r->buffer = calloc(1, CHUNK + TAPE_SLACK);
	if (t->file && !r->buffer) {
		free(r);
		return NULL;
	}
	return r;
}

void tape_reader__free(struct tape_reader *r)
{
	if (!r)
		return;
	free(r->buffer);
	free(r);
}

static int read_chunk(struct tape_reader *r, size_t i)
{
	int fd = fileno(r->tape->file);
	uint32_t done = 0, used = r->tape->chunks[i].used;

	while (done < used) {
		ssize_t n = pread(fd, r->buffer + done, used - done, (off_t)(i * CHUNK) + done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EIO;
		done += (uint32_t)n;
	}
	return 0;
}

int tape_reader__back(struct tape_reader *r, const uint8_t **bytes)
{
	const struct chunk *chunk;
	uint32_t len;

	if (!r->left) {
		if (!r->chunk)
			return 0;
		chunk = &r->tape->chunks[--r->chunk];
		r->bytes = chunk->bytes ? chunk->bytes : r->buffer;
		if (!chunk->bytes && read_chunk(r, r->chunk))
			return -EIO;
		r->left = chunk->used;
	}
	len = r->bytes[r->left - 1];
	r->left -= len + 1;
	*bytes = r->bytes + r->left;
	return (int)len;
}
