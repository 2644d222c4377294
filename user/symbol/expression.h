/* SPDX-License-Identifier: GPL-2.0-only */
/* DWARF expressions as they occur in call-frame information: DWARF 5, 2.5.1. */
#ifndef SYMBOL_EXPRESSION_H
#define SYMBOL_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arch;

struct expression_input {
	const struct arch *arch;   /* whose numbers the expression uses */
	const uint64_t *registers; /* by enum arch_register */
	uint32_t known;		   /* bit per register */
	/* Reads 8 bytes of the process's memory. False if they are not known. */
	bool (*read)(void *context, uint64_t address, uint64_t *value);
	void *context;
};

/*
 * Runs an expression; *result holds what its stack starts with if `pushed`. False if it is damaged,
 * needs what is not known, or does not come to an end.
 */
bool expression__run(const unsigned char *code, size_t len, const struct expression_input *in,
		     bool pushed, uint64_t *result);

#endif
