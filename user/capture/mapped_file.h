/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file behind a mapping of another process. Its path is that process's word: it may lead to
 * something else by now, or to something that must not be opened.
 */
#ifndef CAPTURE_MAPPED_FILE_H
#define CAPTURE_MAPPED_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stat;

/* Device and inode as the kernel gives them for mappings: not always those of stat(). */
struct mapped_id {
	uint32_t major, minor;
	uint64_t ino;
};

/*
 * Opens `path` below the directory `root` (AT_FDCWD: as this process sees it) if it is a regular
 * file and that one, and fills *st. Returns a descriptor or a negative errno; -ESTALE: it is
 * another file. Nothing is opened for reading before that is known.
 */
int mapped_file__open(int root, const char *path, const struct mapped_id *id, struct stat *st);
/* The same of any regular file that is not a symbolic link. */
int mapped_file__open_regular(int root, const char *path, struct stat *st);
/* Copies up to `most` bytes of the build id of an ELF file. Returns its length, 0 = none. */
size_t mapped_file__build_id(int fd, uint8_t *id, size_t most);
bool mapped_file__is_elf(int fd);

#endif
