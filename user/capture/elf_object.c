// SPDX-License-Identifier: GPL-2.0-only
/* Layout: System V ABI, "Dynamic Linking"; the GNU hash table as in glibc's elf/dl-lookup.c. */
#include "capture/elf_object.h"

#include <elf.h>
#include <string.h>
#include <unistd.h>

#define PHDRS_MOST   64
#define DYNAMIC_MOST 512
#define CHAIN_MOST   4096 /* symbols of one bucket */
#define NAME_MOST    64

struct file {
	int fd;
	unsigned int nphdrs;
	Elf64_Phdr phdrs[PHDRS_MOST];
};

struct tables {
	uint64_t hash, symbols, strings; /* addresses as the file is linked */
};

static bool read_at(int fd, void *buf, size_t len, uint64_t offset)
{
	return offset < INT64_MAX && pread(fd, buf, len, (off_t)offset) == (ssize_t)len;
}

static bool open_file(int fd, struct file *file)
{
	Elf64_Ehdr header;

	if (!read_at(fd, &header, sizeof(header), 0) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
	    header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
	    header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum > PHDRS_MOST)
		return false;
	file->fd = fd;
	file->nphdrs = header.e_phnum;
	return read_at(fd, file->phdrs, header.e_phnum * sizeof(Elf64_Phdr), header.e_phoff);
}

static bool read_loaded(const struct file *file, uint64_t address, void *buf, size_t len)
{
	for (unsigned int i = 0; i < file->nphdrs; i++) {
		const Elf64_Phdr *p = &file->phdrs[i];
		uint64_t into = address - p->p_vaddr;

		if (p->p_type == PT_LOAD && into < p->p_filesz && len <= p->p_filesz - into)
			return read_at(file->fd, buf, len, p->p_offset + into);
	}
	return false;
}

static bool find_tables(const struct file *file, struct tables *t)
{
	Elf64_Dyn entry;

	memset(t, 0, sizeof(*t));
	for (unsigned int i = 0; i < file->nphdrs; i++) {
		const Elf64_Phdr *p = &file->phdrs[i];

		for (unsigned int k = 0; p->p_type == PT_DYNAMIC && k < DYNAMIC_MOST; k++) {
			if (!read_at(file->fd, &entry, sizeof(entry),
				     p->p_offset + k * sizeof(entry)) ||
			    entry.d_tag == DT_NULL)
				break;
			if (entry.d_tag == DT_GNU_HASH)
				t->hash = entry.d_un.d_ptr;
			else if (entry.d_tag == DT_SYMTAB)
				t->symbols = entry.d_un.d_ptr;
			else if (entry.d_tag == DT_STRTAB)
				t->strings = entry.d_un.d_ptr;
		}
	}
	return t->hash && t->symbols && t->strings;
}

static uint32_t hash_of(const char *name)
{
	uint32_t h = 5381;

	for (; *name; name++)
		h = h * 33 + (unsigned char)*name;
	return h;
}

static bool is_it(const struct file *file, const struct tables *t, uint64_t index, const char *name,
		  struct elf_object *out)
{
	char found[NAME_MOST];
	size_t len = strlen(name) + 1;
	Elf64_Sym symbol;

	if (len > sizeof(found) ||
	    !read_loaded(file, t->symbols + index * sizeof(symbol), &symbol, sizeof(symbol)) ||
	    ELF64_ST_TYPE(symbol.st_info) != STT_OBJECT || symbol.st_shndx == SHN_UNDEF ||
	    !read_loaded(file, t->strings + symbol.st_name, found, len) ||
	    memcmp(found, name, len) != 0)
		return false;
	out->address = symbol.st_value;
	out->size = symbol.st_size;
	return true;
}

bool elf_object__find(int fd, const char *name, struct elf_object *out)
{
	struct {
		uint32_t buckets, first, words, shift;
	} head;
	uint32_t hash = hash_of(name), symbol, chain;
	uint64_t word, buckets, chains;
	struct tables t;
	struct file file;

	if (!open_file(fd, &file) || !find_tables(&file, &t) ||
	    !read_loaded(&file, t.hash, &head, sizeof(head)) || !head.buckets || !head.words)
		return false;
	/* Most files end here: one bit in two tells that the name is not there. */
	if (!read_loaded(&file, t.hash + sizeof(head) + hash / 64 % head.words * 8ull, &word,
			 sizeof(word)) ||
	    !(word >> (hash % 64) & word >> ((hash >> (head.shift % 32)) % 64) & 1))
		return false;
	buckets = t.hash + sizeof(head) + head.words * 8ull;
	chains = buckets + head.buckets * 4ull;
	if (!read_loaded(&file, buckets + hash % head.buckets * 4ull, &symbol, sizeof(symbol)) ||
	    symbol < head.first)
		return false;
	for (unsigned int i = 0; i < CHAIN_MOST; i++, symbol++) {
		if (!read_loaded(&file, chains + (symbol - head.first) * 4ull, &chain,
				 sizeof(chain)))
			return false;
		if ((chain | 1) == (hash | 1) && is_it(&file, &t, symbol, name, out))
			return true;
		if (chain & 1)
			return false;
	}
	return false;
}

bool elf_object__read(int fd, uint64_t address, void *buf, size_t len)
{
	struct file file;

	return open_file(fd, &file) && read_loaded(&file, address, buf, len);
}

bool elf_object__bias(int fd, uint64_t start, uint64_t pgoff, uint64_t *bias)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct file file;

	if (!open_file(fd, &file))
		return false;
	for (unsigned int i = 0; i < file.nphdrs; i++) {
		const Elf64_Phdr *p = &file.phdrs[i];
		uint64_t first = p->p_offset & ~(page - 1);

		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X) || pgoff < first ||
		    pgoff - first >= p->p_filesz + (p->p_offset - first))
			continue;
		*bias = start - pgoff - (p->p_vaddr - p->p_offset);
		return true;
	}
	return false;
}
