/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a stripped file's symbols and lines may be: a debug file, as Debian's -dbg packages install
 * them, or a small symbol table inside the file itself (.gnu_debugdata, as Fedora has it).
 */
#ifndef SYMBOL_DEBUGFILE_H
#define SYMBOL_DEBUGFILE_H

#include "symbol/image.h"

/*
 * The debug file of an image that was at a path (NULL: nowhere): ROOT/.build-id/ab/cdef.debug, else
 * what .gnu_debuglink names beside the path, in .debug/ there or in ROOT there; only one of the
 * same build id or, where there is none, checksum. Returns 0 or -ENOMEM; *out = NULL: none.
 */
int debugfile__open(const struct image *image, const char *path, const char *root,
		    struct image **out);
/* Finds what an image's DWARF shares with other files, if it does. Returns 0 or -ENOMEM. */
int debugfile__complete(struct image *image, const char *root);
/* The image in .gnu_debugdata. *bytes is what it lies in: free() it after the image. 0, -ENOMEM. */
int debugfile__inner(const struct image *image, unsigned char **bytes, struct image **out);

#endif
