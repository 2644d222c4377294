/* SPDX-License-Identifier: GPL-2.0-only */
/* The words at the ticks of a time axis: one unit for all, and as many decimals as tell two apart.
 */
#ifndef EXPORT_AXIS_H
#define EXPORT_AXIS_H

#include <stddef.h>
#include <stdint.h>

#define AXIS_LEN 48

struct axis {
	uint64_t tick_ns, unit_ns;
	const char *unit;
	unsigned int decimals;
};

/* For ticks tick_ns apart, up to last_ns. */
void axis__choose(struct axis *a, uint64_t tick_ns, uint64_t last_ns);
/* Writes "12.5 ms" into buf, which has AXIS_LEN bytes; returns its length. */
size_t axis__write(char *buf, const struct axis *a, uint64_t ns);

#endif
