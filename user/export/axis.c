// SPDX-License-Identifier: GPL-2.0-only
#include "export/axis.h"

#include <inttypes.h>
#include <stdio.h>

#define DECIMALS 6

void axis__choose(struct axis *a, uint64_t tick_ns, uint64_t last_ns)
{
	static const char *const names[] = {"ns", "us", "ms", "s"};
	uint64_t digit;
	size_t i = 0;

	a->tick_ns = tick_ns;
	for (a->unit_ns = 1; i < 3 && last_ns >= a->unit_ns * 1000; i++)
		a->unit_ns *= 1000;
	a->unit = names[i];
	a->decimals = 0;
	for (digit = a->unit_ns; a->decimals < DECIMALS && digit > 1; digit /= 10) {
		if (a->tick_ns % digit == 0)
			return;
		a->decimals++;
	}
}

size_t axis__write(char *buf, const struct axis *a, uint64_t ns)
{
	uint64_t rest = ns % a->unit_ns, digit = a->unit_ns;
	unsigned int i;
	int n = snprintf(buf, AXIS_LEN, "%" PRIu64, ns / a->unit_ns);

	for (i = 0; i < a->decimals && ns; i++) {
		digit /= 10;
		n += snprintf(buf + n, AXIS_LEN - (size_t)n, "%s%" PRIu64, i ? "" : ".",
			      rest / digit % 10);
	}
	n += snprintf(buf + n, AXIS_LEN - (size_t)n, " %s", a->unit);
	return (size_t)n;
}
