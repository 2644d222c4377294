/* SPDX-License-Identifier: GPL-2.0-only */
/* Arrays that are indexed by a dense id and grow to the highest one seen. */
#ifndef LIB_ARRAY_H
#define LIB_ARRAY_H

#include <stddef.h>

/*
 * Makes array[index] exist: grows by doubling, new elements are all-zero bytes. Starts from NULL
 * and *count = 0. Returns the array, maybe moved, or NULL when out of memory: the old one is then
 * still valid.
 */
void *array__reserve(void *array, size_t *count, size_t index, size_t element_bytes);

#endif
