/* SPDX-License-Identifier: GPL-2.0-only */
/* One section of call-frame information, and where in it each function is described. */
#ifndef SYMBOL_CFI_TABLE_H
#define SYMBOL_CFI_TABLE_H

#include "symbol/bytes.h"
#include "symbol/cfi.h"

/* Programs that make the rules: the CIE's is run first, then the FDE's. */
struct fde {
	uint64_t start, end; /* addresses of the function */
	struct bytes initial, program;
	uint64_t code_factor;
	int64_t data_factor;
	unsigned char encoding; /* of addresses in the program: DW_EH_PE_* */
	bool is_signal;
};

struct cfi_table;

/* *out is NULL if no function is described. `is_eh`: .eh_frame, else .debug_frame. 0, -ENOMEM. */
int cfi_table__new(const struct image_section *section, const struct arch *arch, bool is_eh,
		   struct cfi_table **out);
void cfi_table__free(struct cfi_table *table);
bool cfi_table__range(const struct cfi_table *table, uint64_t address, uint64_t *start,
		      uint64_t *end);
bool cfi_table__find(const struct cfi_table *table, uint64_t address, struct fde *out);
const struct arch *cfi_table__arch(const struct cfi_table *table);
const struct image_section *cfi_table__section(const struct cfi_table *table);
/* An address in one of the encodings of .eh_frame; sets `bad` if it is none that is in use. */
uint64_t cfi_table__address(const struct cfi_table *table, struct bytes *b, unsigned char encoding);

/* Runs the programs up to the address. False if they are damaged or say what is not supported. */
bool cfi_rows__at(const struct cfi_table *table, const struct fde *fde, uint64_t address,
		  struct frame_rule *rule);

#endif
