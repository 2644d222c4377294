/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions of a source file that an interpreter runs, as it tells of them. */
#ifndef SYMBOL_SCRIPT_H
#define SYMBOL_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbol/frame.h"

struct script;

/* What a function is called, and which lines its bytecode is of: CPython's co_linetable, 3.11. */
struct script_code {
	const char *function;
	unsigned int first_line; /* where it is defined */
	const unsigned char *lines;
	size_t lines_len;
};

/* `file` must live as long. NULL when out of memory. */
struct script *script__new(const char *file);
void script__free(struct script *s);
/* Copies it. Returns the address of its first byte of bytecode, UINT64_MAX when out of memory. */
uint64_t script__add(struct script *s, const struct script_code *code);
/* False if there is no such code. */
bool script__place(const struct script *s, uint64_t address, struct place *place);

/*
 * The line of the instruction `at` bytes into the bytecode; first_line where the table does not
 * tell. The table's content is hostile.
 */
unsigned int script__line(const struct script_code *code, uint64_t at);

#endif
