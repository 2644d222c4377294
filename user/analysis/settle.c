// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/settle.h"

#define HALF ((fixed_ns)1 << 31)

void settle(const fixed_ns *time, uint64_t *ns, size_t n, uint64_t whole)
{
	uint64_t told = 0, left = whole;
	size_t i, greatest = 0;
	fixed_ns sum = HALF;

	/* The sum is rounded, not the times: so errors do not add up. */
	for (i = 0; i < n; i++) {
		sum += time[i];
		ns[i] = (uint64_t)(sum >> 32) - told;
		told += ns[i];
		ns[i] = ns[i] < left ? ns[i] : left;
		left -= ns[i];
		if (time[i] > time[greatest])
			greatest = i;
	}
	if (n)
		ns[greatest] += left;
}
