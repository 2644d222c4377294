/* SPDX-License-Identifier: GPL-2.0-only */
/* The symbol tables of a module: .symtab, .dynsym, that of its debug file, .gnu_debugdata. */
#ifndef SYMBOL_SYMBOLS_H
#define SYMBOL_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbol/image.h"
#include "symbol/spans.h"

struct symbols;

struct symbols *symbols__new(void); /* NULL when out of memory */
void symbols__free(struct symbols *s);
/* Takes in the tables of an image, which must outlive `s`. Returns 0 or -ENOMEM. */
int symbols__add(struct symbols *s, const struct image *image);
/* Once, after the last is added. Returns 0 or -ENOMEM. */
int symbols__sort(struct symbols *s);

/*
 * The function at an address; NULL = not known. *exact is false where it is only the nearest before
 * the address in a file that lists none but the exported ones: it may be another.
 */
const struct span *symbols__function(const struct symbols *s, uint64_t address, bool *exact);
/* The data object that holds the address. Without a size it holds one address only. */
const struct span *symbols__object(const struct symbols *s, uint64_t address);
/* The object of a name. False if there is none. */
bool symbols__find(const struct symbols *s, const char *name, uint64_t *address, uint64_t *size);
/* True if there is any function. */
bool symbols__any(const struct symbols *s);

#endif
