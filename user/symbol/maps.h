/* SPDX-License-Identifier: GPL-2.0-only */
/* What one process image has mapped where. Later mappings replace what they overlap. */
#ifndef SYMBOL_MAPS_H
#define SYMBOL_MAPS_H

#include <stdint.h>

struct maps;
struct module;

struct mapping {
	uint64_t start, end;
	uint64_t pgoff; /* bytes in the file */
	const struct module *module;
};

struct maps *maps__new(void); /* NULL when out of memory; one reference */
struct maps *maps__ref(struct maps *maps);
void maps__unref(struct maps *maps); /* NULL is fine */
/* A copy for a forked process; cheap. NULL when out of memory. */
struct maps *maps__copy(const struct maps *maps);
/* Returns 0 or -ENOMEM; a mapping with start >= end is ignored. */
int maps__add(struct maps *maps, const struct mapping *mapping);
/* NULL if nothing is known at that address. Valid until the next maps__add. */
const struct mapping *maps__find(const struct maps *maps, uint64_t address);
/* What the module itself calls an address of the mapping; see struct frame. */
uint64_t mapping__address(const struct mapping *mapping, uint64_t address);
/*
 * Of an address that no executable mapping holds: the module whose data may be there, because its
 * segments are laid out so relative to its code. Fills *module_address. NULL = none.
 */
const struct module *maps__find_data(const struct maps *maps, uint64_t address,
				     uint64_t *module_address);

#endif
