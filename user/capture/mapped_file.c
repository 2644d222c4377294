// SPDX-License-Identifier: GPL-2.0-only
#include "capture/mapped_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define PHDRS_MOST 64
#define NOTES_MOST 4096

/* Without side effects, whatever it is. In another process's root, links lead nowhere else. */
static int open_path(int root, const char *path, int flags)
{
	struct open_how how = {.flags = (unsigned int)(O_PATH | O_CLOEXEC | flags)};
	long fd;

	if (root == AT_FDCWD)
		fd = open(path, O_PATH | O_CLOEXEC | flags);
	else {
		how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	}
	return fd < 0 ? -errno : (int)fd;
}

/* The same file, for reading. */
static int reopen(int fd)
{
	char path[64];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return again < 0 ? -errno : again;
}

/*
 * How the kernel calls this file where it is mapped: on overlayfs and btrfs, not as stat() does. So
 * it is mapped here too, and looked up.
 */
static bool mapped_as(int fd, struct mapped_id *id)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *here = mmap(NULL, page, PROT_READ, MAP_PRIVATE, fd, 0);
	char line[512], want[32];
	bool found = false;
	FILE *maps;

	if (here == MAP_FAILED)
		return false;
	snprintf(want, sizeof(want), "%" PRIxPTR "-", (uintptr_t)here);
	maps = fopen("/proc/self/maps", "re");
	while (maps && !found && fgets(line, sizeof(line), maps))
		found = !strncmp(line, want, strlen(want)) &&
			sscanf(line, "%*s %*s %*s %" SCNx32 ":%" SCNx32 " %" SCNu64, &id->major,
			       &id->minor, &id->ino) == 3;
	if (maps)
		fclose(maps);
	munmap(here, page);
	return found;
}

static bool same(const struct mapped_id *a, uint32_t major, uint32_t minor, uint64_t ino)
{
	return a->ino == ino && a->major == major && a->minor == minor;
}

int mapped_file__open(int root, const char *path, const struct mapped_id *id, struct stat *st)
{
	struct mapped_id here;
	int fd = open_path(root, path, 0), file;

	if (fd < 0)
		return fd;
	file = -ESTALE;
	if (!fstat(fd, st) && S_ISREG(st->st_mode))
		file = reopen(fd);
	close(fd);
	if (file < 0 || same(id, major(st->st_dev), minor(st->st_dev), st->st_ino))
		return file;
	if (mapped_as(file, &here) && same(id, here.major, here.minor, here.ino))
		return file;
	close(file);
	return -ESTALE;
}

int mapped_file__open_regular(int root, const char *path, struct stat *st)
{
	int fd = open_path(root, path, O_NOFOLLOW), file = -EINVAL;

	if (fd < 0)
		return fd;
	if (!fstat(fd, st) && S_ISREG(st->st_mode))
		file = reopen(fd);
	close(fd);
	return file;
}

static bool read_at(int fd, void *buf, size_t len, uint64_t offset)
{
	return offset < INT64_MAX && pread(fd, buf, len, (off_t)offset) == (ssize_t)len;
}

/* Finds the build id among notes; their layout: elf(5), "Notes (Nhdr)". */
static size_t find_note(const uint8_t *notes, size_t len, uint8_t *id, size_t most)
{
	Elf64_Nhdr note;

	for (size_t at = 0; len - at >= sizeof(note);) {
		size_t name = at + sizeof(note), desc, next;

		memcpy(&note, notes + at, sizeof(note));
		desc = name + (((size_t)note.n_namesz + 3) & ~(size_t)3);
		next = desc + (((size_t)note.n_descsz + 3) & ~(size_t)3);
		if (desc > len || note.n_descsz > len - desc)
			return 0;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof(ELF_NOTE_GNU) &&
		    !memcmp(notes + name, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU))) {
			if (note.n_descsz < most)
				most = note.n_descsz;
			memcpy(id, notes + desc, most);
			return most;
		}
		if (next > len)
			return 0;
		at = next;
	}
	return 0;
}

size_t mapped_file__build_id(int fd, uint8_t *id, size_t most)
{
	Elf64_Phdr phdrs[PHDRS_MOST];
	uint8_t notes[NOTES_MOST];
	Elf64_Ehdr header;
	size_t found = 0;

	if (!read_at(fd, &header, sizeof(header), 0) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
	    header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
	    header.e_phentsize != sizeof(phdrs[0]) || header.e_phnum > PHDRS_MOST ||
	    !read_at(fd, phdrs, header.e_phnum * sizeof(phdrs[0]), header.e_phoff))
		return 0;
	for (unsigned int i = 0; i < header.e_phnum && !found; i++) {
		if (phdrs[i].p_type == PT_NOTE && phdrs[i].p_filesz <= sizeof(notes) &&
		    read_at(fd, notes, phdrs[i].p_filesz, phdrs[i].p_offset))
			found = find_note(notes, phdrs[i].p_filesz, id, most);
	}
	return found;
}

bool mapped_file__is_elf(int fd)
{
	char magic[SELFMAG];

	return read_at(fd, magic, sizeof(magic), 0) && !memcmp(magic, ELFMAG, SELFMAG);
}
