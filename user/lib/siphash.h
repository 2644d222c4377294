/* SPDX-License-Identifier: GPL-2.0-only */
/* A hash with a key, by which nobody can tell what was hashed who does not have the key. */
#ifndef LIB_SIPHASH_H
#define LIB_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/* SipHash-2-4: Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012. */
uint64_t siphash(const uint64_t key[2], const void *data, size_t len);

#endif
