// SPDX-License-Identifier: GPL-2.0-only
#include "trace/source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "lib/error.h"
#include "lib/spill.h"
#include "trace/format.h"
#include "trace/pack.h"

struct source {
	int fd;
	uint64_t size;
	char *name;
	uint8_t *stored; /* the payload read last */
	size_t stored_size;
};

/* Returns 1 if there may be more, 0 at the end, or a negative errno. */
static int copy_some(int from, int to, char *buf, size_t size)
{
	ssize_t got = read(from, buf, size), done = 0;

	if (got < 0)
		return errno == EINTR ? 1 : -errno;
	while (done < got) {
		ssize_t n = write(to, buf + done, (size_t)(got - done));

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			done += n;
	}
	return got > 0;
}

/* Replaces the descriptor of a pipe with that of a file with the same bytes. */
static int spool(struct source *s)
{
	char buf[65536];
	int ret, fd = spill__descriptor();

	if (fd < 0)
		return fd;
	do {
		ret = copy_some(s->fd, fd, buf, sizeof(buf));
	} while (ret > 0);
	close(s->fd);
	s->fd = fd;
	return ret;
}

int source__open(const char *path, struct source **out, struct error *err)
{
	struct source *s = calloc(1, sizeof(*s));
	const char *name = strcmp(path, "-") ? path : "standard input";
	struct stat st;
	int ret = 0;

	*out = NULL;
	if (!s)
		return error__errno(err, -ENOMEM, "%s", name);
	s->name = strdup(name);
	s->fd = name == path ? open(path, O_RDONLY | O_CLOEXEC)
			     : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	if (s->fd < 0 || fstat(s->fd, &st)) {
		ret = error__errno(err, -errno, "%s: cannot open", name);
		goto out;
	}
	if (!s->name) {
		ret = error__errno(err, -ENOMEM, "%s", name);
		goto out;
	}
	if (S_ISDIR(st.st_mode)) {
		ret = error__errno(err, -EISDIR, "%s: cannot open", name);
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		ret = spool(s);
		if (!ret && fstat(s->fd, &st))
			ret = -errno;
		if (ret) {
			error__errno(err, ret, "%s: cannot copy to a temporary file", name);
			goto out;
		}
	}
	s->size = (uint64_t)st.st_size;
	*out = s;
	return 0;
out:
	source__close(s);
	return ret;
}

void source__close(struct source *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	free(s->stored);
	free(s->name);
	free(s);
}

uint64_t source__size(const struct source *s)
{
	return s->size;
}

const char *source__name(const struct source *s)
{
	return s->name;
}

int source__read(struct source *s, uint64_t offset, void *buf, size_t len, struct error *err)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(s->fd, (char *)buf + done, len - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error__errno(err, -errno, "%s: cannot read at offset 0x%" PRIx64,
					    s->name, offset);
		if (n == 0)
			return error__set(err, -EBADMSG,
					  "%s: ends at offset 0x%" PRIx64
					  ", shorter than it was a moment ago",
					  s->name, offset + done);
		done += (size_t)n;
	}
	return 0;
}

int source__bad_block(const struct source *s, struct error *err, int code, uint32_t number,
		      uint64_t offset, const char *words)
{
	return error__set(err, code, "%s: block %" PRIu32 " at offset 0x%" PRIx64 ": %s", s->name,
			  number, offset, words);
}

static int reserve(uint8_t **buf, size_t *size, size_t len)
{
	uint8_t *bigger;

	len += !len; /* of nothing there is a place, too: whoever reads it may point to its end */
	if (len <= *size)
		return 0;
	bigger = realloc(*buf, len);
	if (!bigger)
		return -ENOMEM;
	*buf = bigger;
	*size = len;
	return 0;
}

int source__payload(struct source *s, const struct block_head *head, uint64_t offset, uint8_t **raw,
		    size_t *size, struct error *err)
{
	uint64_t from = offset + BLOCK_HEAD_SIZE;
	uint32_t len = head->stored_len;
	int ret = -ENOMEM;

	if (from > s->size || len > s->size - from)
		return source__bad_block(s, err, -EBADMSG, head->number, offset,
					 "runs over the end of the file");
	if (reserve(&s->stored, &s->stored_size, len) || reserve(raw, size, head->raw_len))
		return source__bad_block(s, err, -ENOMEM, head->number, offset, "out of memory");
	ret = source__read(s, from, s->stored, len, err);
	if (ret)
		return ret;
	if (len && (uint32_t)crc32(0, s->stored, len) != head->crc)
		return source__bad_block(s, err, -EBADMSG, head->number, offset,
					 "checksum does not match");
	if (!(head->flags & BLOCK_ZLIB)) {
		if (len)
			memcpy(*raw, s->stored, len);
		return 0;
	}
	ret = pack__unpack(*raw, head->raw_len, s->stored, len);
	if (ret)
		return source__bad_block(s, err, ret, head->number, offset,
					 "cannot be uncompressed");
	return 0;
}
