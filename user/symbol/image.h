/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An ELF file in memory, as far as names and call-frame information need it. All that is wanted of
 * the file is read when it is opened, and its descriptor closed: what happens to the file later
 * does not matter, except to very large ones, which are mapped.
 */
#ifndef SYMBOL_IMAGE_H
#define SYMBOL_IMAGE_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct arch;
struct image;

struct image_section {
	const unsigned char *bytes;
	size_t len;
	uint64_t address; /* where it is loaded, 0 = it is not */
};

/*
 * Opens a regular file, never anything else. Returns 0 with *out, and *st filled, or -ENOEXEC (not
 * a well-formed ELF file; *st is filled), -ENOMEM, or another negative errno: there is no such
 * file that could be read.
 */
int image__open(const char *path, struct stat *st, struct image **out);
/* The same of bytes that must outlive the image. */
int image__from_memory(const unsigned char *bytes, size_t len, struct image **out);
/* The CRC-32 of a whole regular file, as .gnu_debuglink has it. Returns 0 or a negative errno. */
int image__checksum(const char *path, uint32_t *sum);
void image__free(struct image *image);

/* Valid while the image is. */
Elf *image__elf(const struct image *image);
/* Its own DWARF, NULL if it has none that may be read. Nothing is ever fetched from elsewhere. */
Dwarf *image__dwarf(const struct image *image);
/* The build id of a file that its DWARF is not complete without; its length, 0 = it is complete. */
size_t image__shared_id(const struct image *image, const unsigned char **id);
/* Gives it that file, and with it its ownership. */
void image__set_shared(struct image *image, struct image *shared);
/* Length of the build id, 0 = none; *id is valid while the image is. */
size_t image__build_id(const struct image *image, const unsigned char **id);
/* The machine that the code is for; NULL: none whose stacks are recorded. */
const struct arch *image__arch(const struct image *image);
/* By name; false if there is none with content. ".eh_frame" is found without section headers. */
bool image__section(const struct image *image, const char *name, struct image_section *out);
/* Where an offset in the file is loaded to as code. False: it is not. */
bool image__address(const struct image *image, uint64_t offset, uint64_t *address);
/* True if the address lies in memory that the file's data are loaded to, .bss among them. */
bool image__is_data(const struct image *image, uint64_t address);

#endif
