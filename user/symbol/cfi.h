/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Call-frame information: how, at an address, a function's caller's registers are found. DWARF 5,
 * section 6.4, and .eh_frame of the Linux Standard Base Core 5.0, 10.6.1.
 *
 * It is read here and not by libdw because that allocates 2 GB where a hostile file names a large
 * register, takes ten times as long for a rule, and does not tell where a function begins.
 *
 * CFA, the canonical frame address, is the caller's stack pointer just before the call. An FDE is
 * the description of one function, a CIE what several FDEs have in common.
 */
#ifndef SYMBOL_CFI_H
#define SYMBOL_CFI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/arch.h"
#include "symbol/image.h"

enum rule_kind {
	/* Not said: kept, if the ABI makes the callee keep it; of IP: where a call leaves it. */
	RULE_UNSPECIFIED,
	RULE_UNDEFINED, /* lost; of the return address: there is no caller */
	RULE_SAME,
	RULE_AT_CFA,	/* saved at CFA + offset */
	RULE_IS_CFA,	/* is CFA + offset */
	RULE_REGISTER,	/* is in register `reg`; of the CFA: `reg` + offset */
	RULE_AT_RESULT, /* saved where an expression says */
	RULE_IS_RESULT, /* is what an expression gives */
};

struct rule {
	uint8_t kind; /* enum rule_kind */
	uint8_t reg;
	uint16_t len;	/* of the expression, bytes */
	int32_t offset; /* of the expression: where it is in the section */
};

struct frame_rule {
	struct rule cfa;
	struct rule reg[REGISTERS];
	uint32_t specified; /* bit per register that has another rule than RULE_UNSPECIFIED */
	bool is_signal;	    /* the frame that the kernel made to call a signal handler */
	uint8_t section;    /* which one its expressions are in */
	uint16_t unused;    /* 0: rules are compared byte by byte */
};

struct cfi;

/* *out is NULL if the file has none that can be used. Returns 0 or -ENOMEM. */
int cfi__new(const struct image *image, struct cfi **out);
void cfi__free(struct cfi *cfi);
/* The machine that the code is for. */
const struct arch *cfi__arch(const struct cfi *cfi);
/* The rule at an address of the image; NULL = none. It lives as long as the cfi. */
const struct frame_rule *cfi__find(struct cfi *cfi, uint64_t address);
/* The function that the address lies in. False if none is described there. */
bool cfi__function(const struct cfi *cfi, uint64_t address, uint64_t *start, uint64_t *end);
/* The bytes of an expression that is part of the frame's rule: as many as its len. */
const unsigned char *cfi__expression(const struct cfi *cfi, const struct frame_rule *frame,
				     const struct rule *rule);

#endif
