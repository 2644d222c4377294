/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One module, as the rest of this room sees it. What is known of it is found at first need and
 * kept: the module of a `const` pointer changes underneath, its answers do not.
 */
#ifndef SYMBOL_MODULE_H
#define SYMBOL_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/u64map.h"
#include "symbol/cfi.h"
#include "symbol/image.h"
#include "symbol/lines.h"
#include "symbol/maps.h"
#include "symbol/modules.h"
#include "symbol/perfmap.h"
#include "symbol/script.h"
#include "symbol/symbols.h"

/* What is known of an address: see module__places(). */
struct places {
	size_t n;
	struct place at[];
};

struct module {
	struct modules *owner;
	struct module *same_hash; /* next of the table's chain */
	struct module_id id;	  /* its strings are the module's own */
	const char *name;
	enum module_state state;
	struct image *image, *debug, *inner; /* the file; its debug file; .gnu_debugdata */
	unsigned char *inner_bytes;
	struct perfmap *perfmap; /* of generated code */
	struct script *script;	 /* of source that an interpreter runs; else NULL */
	struct cfi *cfi;
	struct symbols *symbols;
	struct lines *lines;
	bool cfi_sought, debug_sought, names_sought;
	struct u64map *places; /* struct places, by address */
	struct u64map *names;  /* names as people write them, by address of the file's own */
};

/* A blob's bytes, NULL if there is none of that kind and key; they live as long as `m`. */
const unsigned char *modules__blob(const struct modules *m, unsigned int kind, uint32_t dev,
				   uint64_t key, size_t *len);
const char *modules__debug_root(const struct modules *m);

/* All that module__at first need opened. */
void module__close(struct module *module);
/* Opens the module if it was not yet; gives it as one that may change. */
struct module *module__open(const struct module *module);
/* Opens its debug file if it was not looked for yet; NULL = there is none. */
const struct image *module__debug(struct module *module);

/* The module's own address of what is at `address`, `offset` bytes into the file. */
uint64_t module__address(const struct module *module, uint64_t address, uint64_t offset);
/* The module's own address of code at an offset in the file. False: no code is loaded from there.*/
bool module__code_address(const struct module *module, uint64_t offset, uint64_t *address);
bool module__is_data(const struct module *module, uint64_t address);
/* NULL if it has none. */
struct cfi *module__cfi(const struct module *module);
/* True of code that was made while the program ran. */
bool module__is_generated(const struct module *module);

#endif
