// SPDX-License-Identifier: GPL-2.0-only
#include "symbol/image.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "lib/arch.h"

#define FILE_MOST     ((off_t)4 << 30)	  /* bytes */
#define READ_MOST     ((off_t)64 << 20)	  /* larger files are mapped, not read */
#define INFLATED_MOST ((uint64_t)2 << 30) /* of compressed sections, together */
#define SEGMENTS_MOST 256
#define PAGE_BYTES    4096 /* the smallest of all machines: see image__address() */
#define SECTIONS_MOST 65536

#define EH_PE_PCREL_SDATA4 0x1b /* the only encoding of .eh_frame_hdr's pointer in use */

struct segment {
	uint64_t offset, address, file_size, size;
	bool writable, executable;
};

struct image {
	Elf *elf;
	Dwarf *dwarf;
	struct segment *segments; /* PT_LOAD */
	size_t nsegments;
	const void *build_id;
	size_t build_id_len;	       /* 0 = none */
	const void *shared_id;	       /* build id of the file that the DWARF refers to */
	size_t shared_id_len;	       /* 0 = none */
	struct image *shared;	       /* that file; owned */
	struct image_section eh_frame; /* only if it is in no section; .bytes NULL = none */
};

/*
 * Opening a device may do something, opening a FIFO may hang: look first, then open what was
 * looked at.
 */
static int open_regular(const char *path, struct stat *st)
{
	char again[64];
	int fd, seen = open(path, O_PATH | O_CLOEXEC);

	if (seen < 0)
		return -errno;
	if (fstat(seen, st) || !S_ISREG(st->st_mode) || st->st_size > FILE_MOST) {
		close(seen);
		return -EINVAL;
	}
	snprintf(again, sizeof(again), "/proc/self/fd/%d", seen);
	fd = open(again, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	close(seen);
	return fd;
}

static int read_segments(struct image *image)
{
	GElf_Phdr phdr;
	size_t i, n = 0;

	if (elf_getphdrnum(image->elf, &n) || !n)
		return 0; /* a file of debug information only may have none */
	if (n > SEGMENTS_MOST)
		return -ENOEXEC;
	image->segments = calloc(n, sizeof(*image->segments));
	if (!image->segments)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		if (!gelf_getphdr(image->elf, (int)i, &phdr))
			return -ENOEXEC;
		if (phdr.p_type != PT_LOAD)
			continue;
		image->segments[image->nsegments++] = (struct segment){
			.offset = phdr.p_offset,
			.address = phdr.p_vaddr,
			.file_size = phdr.p_filesz,
			.size = phdr.p_memsz,
			.writable = phdr.p_flags & PF_W,
			.executable = phdr.p_flags & PF_X,
		};
	}
	return 0;
}

static const char *section_name(const struct image *image, const GElf_Shdr *shdr)
{
	size_t names;
	const char *name;

	if (elf_getshdrstrndx(image->elf, &names))
		return "";
	name = elf_strptr(image->elf, names, shdr->sh_name);
	return name ? name : "";
}

static bool is_wanted(const char *name, const GElf_Shdr *shdr)
{
	static const char *const wanted[] = {".eh_frame", ".debug_frame", ".gnu_debugdata",
					     ".gnu_debuglink", ".gnu_debugaltlink"};
	size_t i;

	if (shdr->sh_type == SHT_SYMTAB || shdr->sh_type == SHT_DYNSYM ||
	    shdr->sh_type == SHT_STRTAB || shdr->sh_type == SHT_NOTE)
		return true;
	for (i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		if (!strcmp(name, wanted[i]))
			return true;
	return false;
}

/* What a compressed section says that it inflates to; a lie is noticed when it is inflated. */
static uint64_t inflated_size(Elf_Scn *scn, const GElf_Shdr *shdr, const char *name)
{
	GElf_Chdr chdr;
	Elf_Data *data;
	uint64_t size = 0;
	size_t i;

	if (shdr->sh_flags & SHF_COMPRESSED)
		return gelf_getchdr(scn, &chdr) ? chdr.ch_size : UINT32_MAX;
	if (strncmp(name, ".zdebug", 7) != 0)
		return 0;
	/* "ZLIB", then the size in 8 bytes, big-endian: binutils before SHF_COMPRESSED. */
	data = elf_rawdata(scn, NULL);
	if (!data || !data->d_buf || data->d_size < 12)
		return 0;
	for (i = 4; i < 12; i++)
		size = size << 8 | ((const unsigned char *)data->d_buf)[i];
	return size;
}

/* Loads the wanted sections. *debug_info: there is DWARF, and it is not too large to inflate. */
static int read_sections(struct image *image, bool *debug_info)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	uint64_t inflated = 0, size;
	size_t n = 0;
	const char *name;

	*debug_info = false;
	if (elf_getshdrnum(image->elf, &n) || n > SECTIONS_MOST)
		return -ENOEXEC;
	while ((scn = elf_nextscn(image->elf, scn))) {
		if (!gelf_getshdr(scn, &shdr))
			return -ENOEXEC;
		name = section_name(image, &shdr);
		if (shdr.sh_type == SHT_NOBITS)
			continue;
		if (is_wanted(name, &shdr))
			(void)elf_rawdata(scn, NULL);
		if (!strcmp(name, ".debug_info") || !strcmp(name, ".zdebug_info"))
			*debug_info = true;
		size = inflated_size(scn, &shdr, name);
		inflated += size < INFLATED_MOST ? size : INFLATED_MOST;
	}
	if (inflated >= INFLATED_MOST)
		*debug_info = false;
	return 0;
}

static uint32_t le32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* The bytes that are loaded at an address, to the end of their segment. */
static bool loaded_bytes(const struct image *image, uint64_t address, struct image_section *out)
{
	const struct segment *s = image->segments;
	Elf_Data *data;
	uint64_t skip;
	size_t i;

	for (i = 0; i < image->nsegments; i++, s++) {
		skip = address - s->address;
		if (address < s->address || skip >= s->file_size)
			continue;
		data = elf_getdata_rawchunk(image->elf, (int64_t)(s->offset + skip),
					    s->file_size - skip, ELF_T_BYTE);
		if (!data || !data->d_buf)
			return false;
		*out = (struct image_section){data->d_buf, data->d_size, address};
		return true;
	}
	return false;
}

/*
 * Files without section headers: PT_GNU_EH_FRAME leads to .eh_frame_hdr, whose first pointer leads
 * to .eh_frame (Linux Standard Base Core 5.0, 10.6.2). Its end is not told: that of the segment.
 */
static void find_eh_frame(struct image *image)
{
	struct image_section header;
	GElf_Phdr phdr;
	size_t i, n = 0;

	if (image__section(image, ".eh_frame", &header) || elf_getphdrnum(image->elf, &n))
		return;
	for (i = 0; i < n && i < SEGMENTS_MOST; i++) {
		if (!gelf_getphdr(image->elf, (int)i, &phdr) || phdr.p_type != PT_GNU_EH_FRAME)
			continue;
		if (loaded_bytes(image, phdr.p_vaddr, &header) && header.len >= 8 &&
		    header.bytes[0] == 1 && header.bytes[1] == EH_PE_PCREL_SDATA4)
			loaded_bytes(image,
				     phdr.p_vaddr + 4 + (uint64_t)(int32_t)le32(header.bytes + 4),
				     &image->eh_frame);
		return;
	}
}

/*
 * DWARF may refer to a file that several share (dwz). libdw would look for that file by itself, at
 * a path that this file names: it is not asked before the right one is there.
 */
static void begin_dwarf(struct image *image)
{
	const char *path;
	const void *id;
	ssize_t len;

	image->dwarf = dwarf_begin_elf(image->elf, DWARF_C_READ, NULL);
	if (!image->dwarf)
		return;
	len = dwelf_dwarf_gnu_debugaltlink(image->dwarf, &path, &id);
	if (len < 0) {
		dwarf_end(image->dwarf);
		image->dwarf = NULL;
	} else if (len > 0) {
		image->shared_id = id;
		image->shared_id_len = (size_t)len;
	}
}

/* Takes elf, which may be NULL. */
static int from_elf(Elf *elf, struct image **out)
{
	struct image *image = calloc(1, sizeof(*image));
	bool debug_info;
	ssize_t id_len;
	int err;

	if (!image) {
		elf_end(elf);
		return -ENOMEM;
	}
	image->elf = elf;
	err = elf && elf_kind(elf) == ELF_K_ELF ? read_segments(image) : -ENOEXEC;
	if (!err)
		err = read_sections(image, &debug_info);
	if (err) {
		image__free(image);
		return err;
	}
	if (debug_info)
		begin_dwarf(image);
	find_eh_frame(image);
	id_len = dwelf_elf_gnu_build_id(elf, &image->build_id);
	image->build_id_len = id_len > 0 ? (size_t)id_len : 0;
	*out = image;
	return 0;
}

int image__open(const char *path, struct stat *st, struct image **out)
{
	int err, fd = open_regular(path, st);
	Elf *elf;

	if (fd < 0)
		return fd;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, st->st_size > READ_MOST ? ELF_C_READ_MMAP : ELF_C_READ, NULL);
	err = from_elf(elf, out);
	if (!err)
		elf_cntl((*out)->elf, ELF_C_FDDONE);
	close(fd);
	return err;
}

int image__checksum(const char *path, uint32_t *sum)
{
	unsigned char bytes[16384];
	struct stat st;
	int fd = open_regular(path, &st);
	ssize_t n;

	if (fd < 0)
		return fd;
	*sum = 0;
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		*sum = (uint32_t)crc32_z(*sum, bytes, (size_t)n);
	close(fd);
	return n < 0 ? -EIO : 0;
}

int image__from_memory(const unsigned char *bytes, size_t len, struct image **out)
{
	elf_version(EV_CURRENT);
	/* libelf does not write to it: that takes elf_update(). */
	return from_elf(elf_memory((char *)bytes, len), out);
}

void image__free(struct image *image)
{
	if (!image)
		return;
	dwarf_end(image->dwarf);
	image__free(image->shared);
	elf_end(image->elf);
	free(image->segments);
	free(image);
}

Elf *image__elf(const struct image *image)
{
	return image->elf;
}

Dwarf *image__dwarf(const struct image *image)
{
	return image->shared_id_len && !image->shared ? NULL : image->dwarf;
}

size_t image__shared_id(const struct image *image, const unsigned char **id)
{
	*id = image->shared_id;
	return image->shared ? 0 : image->shared_id_len;
}

void image__set_shared(struct image *image, struct image *shared)
{
	Dwarf *dwarf = image__dwarf(shared);

	if (!dwarf || image->shared) {
		image__free(shared);
		return;
	}
	image->shared = shared;
	dwarf_setalt(image->dwarf, dwarf);
}

size_t image__build_id(const struct image *image, const unsigned char **id)
{
	*id = image->build_id;
	return image->build_id_len;
}

const struct arch *image__arch(const struct image *image)
{
	GElf_Ehdr ehdr;

	if (!gelf_getehdr(image->elf, &ehdr) || ehdr.e_ident[EI_CLASS] != ELFCLASS64 ||
	    ehdr.e_ident[EI_DATA] != ELFDATA2LSB)
		return NULL;
	return arch__of_elf(ehdr.e_machine);
}

bool image__section(const struct image *image, const char *name, struct image_section *out)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	Elf_Data *data;

	while ((scn = elf_nextscn(image->elf, scn))) {
		if (!gelf_getshdr(scn, &shdr) || shdr.sh_type == SHT_NOBITS ||
		    strcmp(section_name(image, &shdr), name) != 0)
			continue;
		if (shdr.sh_flags & SHF_COMPRESSED &&
		    (inflated_size(scn, &shdr, name) >= INFLATED_MOST ||
		     elf_compress(scn, 0, 0) < 0))
			return false;
		data = elf_rawdata(scn, NULL);
		if (!data || !data->d_buf || !data->d_size)
			return false;
		*out = (struct image_section){data->d_buf, data->d_size, shdr.sh_addr};
		return true;
	}
	if (strcmp(name, ".eh_frame") != 0 || !image->eh_frame.bytes)
		return false;
	*out = image->eh_frame;
	return true;
}

bool image__address(const struct image *image, uint64_t offset, uint64_t *address)
{
	const struct segment *s = image->segments;
	uint64_t before;
	size_t i;

	for (i = 0; i < image->nsegments; i++, s++) {
		/* Whole pages are mapped: some bytes before the segment come along. */
		before = s->offset % PAGE_BYTES;
		if (!s->executable || offset < s->offset - before ||
		    offset - (s->offset - before) >= s->file_size + before)
			continue;
		*address = s->address + (offset - s->offset);
		return true;
	}
	return false;
}

bool image__is_data(const struct image *image, uint64_t address)
{
	const struct segment *s = image->segments;
	size_t i;

	for (i = 0; i < image->nsegments; i++, s++)
		if (s->writable && address >= s->address && address - s->address < s->size)
			return true;
	return false;
}
