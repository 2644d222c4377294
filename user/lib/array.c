// SPDX-License-Identifier: GPL-2.0-only
#include "lib/array.h"

#include <stdlib.h>
#include <string.h>

void *array__reserve(void *array, size_t *count, size_t index, size_t element_bytes)
{
	size_t grown_count = *count ? *count : 16;
	char *grown;

	if (index < *count)
		return array;
	while (grown_count <= index)
		grown_count *= 2;
	grown = reallocarray(array, grown_count, element_bytes);
	if (!grown)
		return NULL;
	memset(grown + *count * element_bytes, 0, (grown_count - *count) * element_bytes);
	*count = grown_count;
	return grown;
}
