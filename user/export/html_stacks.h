/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Call chains, and places in code, of the HTML timeline: dense ids while slices and samples go by,
 * their frames in the end.
 */
#ifndef EXPORT_HTML_STACKS_H
#define EXPORT_HTML_STACKS_H

#include <stdint.h>
#include <stdio.h>

struct model;
struct frame;
struct stacks_seen;

/* Returns NULL when out of memory. The model must outlive it. */
struct stacks_seen *stacks_seen__new(const struct model *model);
void stacks_seen__free(struct stacks_seen *s);

/* The id for a stack id of the model, from 1; 0 if that is 0, or there are too many. */
uint64_t stacks_seen__id(struct stacks_seen *s, uint64_t stack);
/* The id of where a sample was taken, likewise; 0 if there are too many. */
uint64_t stacks_seen__leaf(struct stacks_seen *s, const struct frame *frame);

/*
 * Writes three members of a JSON object: "frames": [function, file, line, module, address in it],
 * "stacks", by id - 1: whether it is complete, then indices of frames, innermost first; "leaves",
 * by id - 1: indices of frames, of more than one if functions were inlined. Returns 0 or -ENOMEM.
 */
int stacks_seen__write(struct stacks_seen *s, FILE *out);

#endif
