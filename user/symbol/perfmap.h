/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of generated code, as runtimes write them to /tmp/perf-PID.map: lines "START SIZE NAME",
 * numbers in hexadecimal. tools/perf/Documentation/jit-interface.txt in the kernel.
 */
#ifndef SYMBOL_PERFMAP_H
#define SYMBOL_PERFMAP_H

#include <stddef.h>
#include <stdint.h>

struct perfmap;

/* Lines that are no such lines are passed over. NULL when out of memory. */
struct perfmap *perfmap__parse(const char *text, size_t len);
void perfmap__free(struct perfmap *map);
/* Of several that hold the address the last that was written; NULL = none. Lives as long as map. */
const char *perfmap__find(const struct perfmap *map, uint64_t address);

#endif
