/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many requests were under way at once, at most, from their spans given in the order of their
 * ends. In fixed memory: exact unless a request is overtaken by more than DEPTH_WINDOW others;
 * then it is counted only against the last of these, and the result may be too small by it.
 */
#ifndef ANALYSIS_DEPTH_H
#define ANALYSIS_DEPTH_H

#include <stdint.h>

#define DEPTH_WINDOW 4096

struct depth;

struct depth *depth__new(void); /* NULL when out of memory */
void depth__free(struct depth *d);
void depth__add(struct depth *d, uint64_t start_ns, uint64_t end_ns);
uint64_t depth__max(const struct depth *d);

#endif
