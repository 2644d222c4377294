/* SPDX-License-Identifier: GPL-2.0-only */
/* A data object that an ELF file exports, found without reading more of the file than it takes. */
#ifndef CAPTURE_ELF_OBJECT_H
#define CAPTURE_ELF_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_object {
	uint64_t address, size; /* as the file is linked */
};

/*
 * Looks the name up as the dynamic linker does, in the file's .gnu.hash. False: the file does not
 * define such an object, has no such table, or is no well-formed file for x86-64.
 */
bool elf_object__find(int fd, const char *name, struct elf_object *out);
/* Reads from the file what is loaded at the address as it is linked. False: nothing is. */
bool elf_object__read(int fd, uint64_t address, void *buf, size_t len);
/*
 * How far from where it is linked the file lies in memory if the page of code at the offset `pgoff`
 * is mapped at `start`. False: no code is loaded from there.
 */
bool elf_object__bias(int fd, uint64_t start, uint64_t pgoff, uint64_t *bias);

#endif
