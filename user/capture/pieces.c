// SPDX-License-Identifier: GPL-2.0-only
#include "capture/pieces.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#define VDSO_MOST   (64u << 10)
#define MOUNTS_MOST (4u << 20)

void pieces__begin(struct pieces *p, uint64_t ts, unsigned int kind, uint32_t dev, uint64_t key)
{
	p->ret = 0;
	memset(&p->piece, 0, offsetof(struct ct_blob, bytes));
	p->piece.h.ts = ts;
	p->piece.h.type = CT_BLOB;
	p->piece.kind = kind;
	p->piece.dev = dev;
	p->piece.key = key;
}

static void send_piece(struct pieces *p)
{
	size_t size = offsetof(struct ct_blob, bytes) + p->piece.len;

	if (!p->ret)
		p->ret = p->fn(p->ctx, CT_STREAM_MAPS, &p->piece, size);
	p->piece.offset += p->piece.len;
	p->piece.len = 0;
}

void pieces__add(struct pieces *p, const void *bytes, size_t len)
{
	const char *from = bytes;

	while (len && !p->ret) {
		size_t take = CT_BLOB_BYTES - p->piece.len;

		if (take > len)
			take = len;
		memcpy(p->piece.bytes + p->piece.len, from, take);
		p->piece.len += (unsigned int)take;
		from += take;
		len -= take;
		if (p->piece.len == CT_BLOB_BYTES)
			send_piece(p);
	}
}

int pieces__end(struct pieces *p)
{
	send_piece(p);
	return p->ret;
}

int pieces__file(int fd, size_t most, uint64_t ts, const struct ct_blob *about, capture_fn fn,
		 void *ctx)
{
	struct pieces p = {.fn = fn, .ctx = ctx};
	char buf[65536];
	size_t done = 0;

	pieces__begin(&p, ts, about->kind, about->dev, about->key);
	while (done < most && !p.ret) {
		size_t want = most - done < sizeof(buf) ? most - done : sizeof(buf);
		ssize_t got = read(fd, buf, want);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		pieces__add(&p, buf, (size_t)got);
		done += (size_t)got;
	}
	return pieces__end(&p);
}

/* Where the last thing that an ELF header speaks of ends. The kernel's own, so it is believed. */
static size_t image_size(const char *image)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)image;
	const Elf64_Phdr *segment = (const Elf64_Phdr *)(image + header->e_phoff);
	size_t size = header->e_shoff + (size_t)header->e_shnum * header->e_shentsize;

	for (unsigned int i = 0; i < header->e_phnum; i++)
		if (segment[i].p_type == PT_LOAD &&
		    segment[i].p_offset + segment[i].p_filesz > size)
			size = segment[i].p_offset + segment[i].p_filesz;
	return size < VDSO_MOST ? size : VDSO_MOST;
}

int pieces__vdso(uint64_t ts, capture_fn fn, void *ctx)
{
	const char *image = (const char *)getauxval(AT_SYSINFO_EHDR);
	struct pieces p = {.fn = fn, .ctx = ctx};

	if (!image || memcmp(image, ELFMAG, SELFMAG) != 0 || image[EI_CLASS] != ELFCLASS64)
		return 0;
	pieces__begin(&p, ts, CT_BLOB_VDSO, 0, 0);
	pieces__add(&p, image, image_size(image));
	return pieces__end(&p);
}

int pieces__mounts(uint64_t ts, capture_fn fn, void *ctx)
{
	const struct ct_blob about = {.kind = CT_BLOB_MOUNTS};
	int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return 0;
	ret = pieces__file(fd, MOUNTS_MOST, ts, &about, fn, ctx);
	close(fd);
	return ret;
}
