/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of the kernel's addresses, if the trace is of the kernel that runs here. */
#ifndef MODEL_KERNEL_H
#define MODEL_KERNEL_H

#include <stdint.h>

struct kernel;
struct trace_info;

/* info must outlive it. Reads nothing yet. NULL when out of memory. */
struct kernel *kernel__new(const struct trace_info *info);
void kernel__free(struct kernel *k);
/* NULL = not known. The kernel lies elsewhere after each boot: then nothing is known. */
const char *kernel__symbol(struct kernel *k, uint64_t address, uint64_t *offset);

#endif
