// SPDX-License-Identifier: GPL-2.0-only
#include "trace/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <zlib.h>

#include "lib/error.h"
#include "lib/strbuf.h"
#include "trace/index.h"
#include "trace/info.h"

#define TRAILER_MOST 1024
/* What is only known at the end (copies of files, names) gets this part of a limited file. */
#define TOLD_SHARE 8

struct sink {
	int fd;
	bool can_cut;	/* a regular file */
	off_t start;	/* where it begins in the file: not 0 if output was appended to one */
	uint64_t bytes; /* whole blocks, and the header */
	uint64_t most;	/* what they may become; 0 = no limit */
	uint32_t blocks;
	struct index_writer index;
};

/* Where the next byte will go; -1 if that cannot be told. */
static off_t position(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && flags & O_APPEND ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
}

int sink__open(const char *path, struct sink **out, struct error *err)
{
	struct sink *s = calloc(1, sizeof(*s));
	struct stat st;

	*out = NULL;
	if (!s)
		return error__errno(err, -ENOMEM, "%s", path);
	/* Private like perf's: it names all processes of the machine. */
	if (strcmp(path, "-") != 0)
		s->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	else
		s->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	if (s->fd < 0) {
		int code = -errno;

		free(s);
		return error__errno(err, code, "%s: cannot open for writing", path);
	}
	if (!fstat(s->fd, &st) && S_ISREG(st.st_mode)) {
		s->start = position(s->fd);
		s->can_cut = s->start >= 0;
	}
	*out = s;
	return 0;
}

/* Whole or not at all, as far as the file lets itself be cut. */
static int write_all(struct sink *s, struct iovec *iov, int count)
{
	uint64_t sum = 0;

	while (count) {
		ssize_t n = writev(s->fd, iov, count);
		int code = n < 0 ? -errno : 0;

		if (code == -EINTR)
			continue;
		if (code) {
			if (s->can_cut && ftruncate(s->fd, s->start + (off_t)s->bytes))
				return code; /* a torn block at the end: readers expect that */
			return code;
		}
		sum += (uint64_t)n;
		while (count && (size_t)n >= iov->iov_len) {
			n -= (ssize_t)iov->iov_len;
			iov++;
			count--;
		}
		if (count) {
			iov->iov_base = (char *)iov->iov_base + n;
			iov->iov_len -= (size_t)n;
		}
	}
	s->bytes += sum;
	return 0;
}

int sink__header(struct sink *s, const struct strbuf *info)
{
	uint8_t head[FILE_HEAD_SIZE], sum[4];
	uint32_t crc;

	if (info->len > FILE_MAX_INFO)
		return -E2BIG;
	format__put_u64(head, FILE_MAGIC);
	format__put_u32(head + 8, TRACE_VERSION);
	format__put_u32(head + 12, (uint32_t)info->len);
	crc = (uint32_t)crc32(0, head, sizeof(head));
	crc = (uint32_t)crc32(crc, (const Bytef *)info->text, (uInt)info->len);
	format__put_u32(sum, crc);
	return write_all(
		s,
		(struct iovec[]){{head, sizeof(head)}, {info->text, info->len}, {sum, sizeof(sum)}},
		3);
}

int sink__block(struct sink *s, struct block_head *head, const uint8_t *raw, size_t raw_len,
		const uint8_t *stored, size_t stored_len)
{
	uint8_t bytes[BLOCK_HEAD_SIZE];
	uint64_t offset = s->bytes;
	int ret;

	head->flags = stored ? BLOCK_ZLIB : 0;
	if (!stored) {
		stored = raw;
		stored_len = raw_len;
	}
	head->raw_len = (uint32_t)raw_len;
	head->stored_len = (uint32_t)stored_len;
	head->crc = stored_len ? (uint32_t)crc32(0, stored, (uInt)stored_len) : 0;
	head->number = s->blocks;
	block_head__pack(head, bytes);
	ret = write_all(s, (struct iovec[]){{bytes, sizeof(bytes)}, {(void *)stored, stored_len}},
			stored_len ? 2 : 1);
	if (ret)
		return ret;
	index_writer__add(&s->index, head, offset);
	s->blocks++;
	return 0;
}

void sink__limit(struct sink *s, uint64_t most)
{
	s->most = most;
}

/* What the file's end takes when one more block is in its index. */
static uint64_t end_size(const struct sink *s)
{
	return TRAILER_MOST + BLOCK_HEAD_SIZE + index_writer__most(&s->index) + FOOTER_SIZE;
}

bool sink__fits(const struct sink *s, size_t len, bool tells)
{
	uint64_t most = tells ? s->most : s->most - s->most / TOLD_SHARE;

	return !s->most || s->bytes + BLOCK_HEAD_SIZE + len + end_size(s) <= most;
}

int sink__index(struct sink *s)
{
	struct block_head head = {.type = BLOCK_INDEX, .stream = BLOCK_NO_STREAM};
	uint64_t offset = s->bytes;
	struct strbuf payload = {0};
	uint8_t footer[FOOTER_SIZE];
	size_t stored_len = 0;
	uint8_t *stored = NULL;
	int ret = 0;

	index_writer__finish(&s->index, &payload);
	/* The index is a convenience: a reader does without if there is no room for it. */
	if (strbuf__failed(&payload) || payload.len > BLOCK_MAX_INDEX)
		goto out;
	stored_len = compressBound(payload.len);
	stored = malloc(stored_len);
	if (!stored)
		goto out;
	if (compress2(stored, &stored_len, (const Bytef *)payload.text, payload.len, 1) != Z_OK ||
	    stored_len >= payload.len) {
		free(stored);
		stored = NULL;
	}
	ret = sink__block(s, &head, (const uint8_t *)payload.text, payload.len, stored, stored_len);
	if (ret)
		goto out;
	footer__pack(offset, footer);
	ret = write_all(s, &(struct iovec){footer, sizeof(footer)}, 1);
out:
	free(stored);
	strbuf__free(&payload);
	return ret;
}

uint64_t sink__bytes(const struct sink *s)
{
	return s->bytes;
}

uint64_t sink__blocks(const struct sink *s)
{
	return s->blocks;
}

int sink__close(struct sink *s)
{
	int ret;

	if (!s)
		return 0;
	ret = close(s->fd) ? -errno : 0;
	index_writer__free(&s->index);
	free(s);
	return ret;
}
