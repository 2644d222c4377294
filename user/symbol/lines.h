/* SPDX-License-Identifier: GPL-2.0-only */
/* Source lines and inlined functions out of DWARF (libdw reads it). */
#ifndef SYMBOL_LINES_H
#define SYMBOL_LINES_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

struct lines;

/* All NULL and 0 where nothing is known. Strings live as long as the Dwarf. */
struct line {
	const char *function; /* as it is linked: mangled, if the language does that */
	const char *file;
	unsigned int line;
};

/* dwarf must outlive it. *out is NULL if no code is described. Returns 0 or -ENOMEM. */
int lines__new(Dwarf *dwarf, struct lines **out);
void lines__free(struct lines *lines);
/*
 * What is at an address: the innermost first, each inlined into the next, and the last a function
 * of its own. At most `most`, of which the first few are filled; returns their number.
 */
size_t lines__find(struct lines *lines, uint64_t address, struct line *out, size_t most);

#endif
