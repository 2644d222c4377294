/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calling thread's capabilities, as sets of bits: CAP_BIT(CAP_BPF) and so on. What is permitted
 * can be made effective again; what is no more permitted is gone for good. The inheritable set is
 * never touched: it is what the user meant for the programs that we start.
 */
#ifndef LIB_CAPS_H
#define LIB_CAPS_H

#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>

#define CAP_BIT(cap) (1ull << (cap))

/* False if the kernel does not tell: then nothing is known, and *out is not filled. */
bool caps__get(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable);

/*
 * Gives up all others: permitted and effective become what they were, without what is not in
 * these. Returns 0 or a negative errno; then nothing is changed.
 */
int caps__limit(uint64_t permitted, uint64_t effective);
/* Exactly these are effective, as far as they are permitted. As caps__limit. */
int caps__use(uint64_t effective);
/* Makes these effective, too; what they were before is handed out for caps__use(). */
uint64_t caps__raise(uint64_t more);

#endif
