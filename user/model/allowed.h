/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of CPUs that tasks may run on, by dense ids; 0 = all CPUs. */
#ifndef MODEL_ALLOWED_H
#define MODEL_ALLOWED_H

#include <stddef.h>
#include <stdint.h>

struct allowed;
struct ct_affinity;

struct allowed *allowed__new(void); /* NULL when out of memory */
void allowed__free(struct allowed *a);

/*
 * The id of the set that a record tells of, of a machine with CPUs below `ncpus`. -ENOMEM when out
 * of memory, -ENOSPC when there are as many sets as a program may make us keep: then it is not
 * known.
 */
int allowed__add(struct allowed *a, const struct ct_affinity *record, unsigned int ncpus);
/* Bit c % 64 of word c / 64; NULL = all. */
const uint64_t *allowed__cpus(const struct allowed *a, uint32_t id, size_t *words);

#endif
