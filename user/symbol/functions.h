/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The functions that one unit of DWARF describes, and what was inlined into them. libdw's own
 * search for them does not enter namespaces, where Rust and clang put them, and follows hostile
 * nesting as deep as it goes.
 */
#ifndef SYMBOL_FUNCTIONS_H
#define SYMBOL_FUNCTIONS_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

struct functions;

/* Of a unit of which the Dwarf outlives it. NULL when out of memory. */
struct functions *functions__new(const Dwarf_Die *unit);
void functions__free(struct functions *f);

/* A function at an address. */
struct function {
	const char *name;	/* as it is linked; NULL = not known */
	const char *call_file;	/* of an inlined one: where it would have been called */
	unsigned int call_line; /* 0 = not known */
};

/*
 * The functions at an address, innermost first: what was inlined, into what was inlined, ... into
 * the last, which is a function of its own. At most `most` of them: of more the innermost. Returns
 * their number.
 */
size_t functions__find(const struct functions *f, uint64_t address, struct function *out,
		       size_t most);

/*
 * Calls back with each range of addresses of an entry, at most `most` of them; ends early if that
 * returns other than 0. Returns what it returned.
 */
int functions__ranges(Dwarf_Die *die, unsigned int most,
		      int (*range)(void *context, uint64_t start, uint64_t end), void *context);

#endif
