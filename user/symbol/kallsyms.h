/* SPDX-License-Identifier: GPL-2.0-only */
/* The running kernel's symbols, and those that a trace brought along. */
#ifndef SYMBOL_KALLSYMS_H
#define SYMBOL_KALLSYMS_H

#include <stddef.h>
#include <stdint.h>

struct kallsyms;

/* From lines "ADDRESS [TYPE] NAME [MODULE]". NULL when out of memory. */
struct kallsyms *kallsyms__parse(const char *text, size_t len);
/* Reads /proc/kallsyms; NULL if it cannot be read or shows no addresses. */
struct kallsyms *kallsyms__running(void);
/* Opens it now, with the rights that we have now, for kallsyms__running() later. */
void kallsyms__prepare(void);
void kallsyms__free(struct kallsyms *k);
/* The symbol the address lies in, NULL if it is before the first; *offset is filled. */
const char *kallsyms__find(const struct kallsyms *k, uint64_t address, uint64_t *offset);

#endif
