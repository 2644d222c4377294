// SPDX-License-Identifier: GPL-2.0-only
#include "lib/units.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Two digits that count below a second, three above it; the limit is where rounding adds one. */
static const struct {
	uint64_t limit;
	struct units_scale scale;
} ns_scales[] = {
	{1000, {1, 0, "ns"}},
	{9950, {100, 1, "us"}},
	{999500, {1000, 0, "us"}},
	{9950000, {100000, 1, "ms"}},
	{999500000, {1000000, 0, "ms"}},
	{9995000000, {10000000, 2, "s"}},
	{99950000000, {100000000, 1, "s"}},
	{UINT64_MAX, {1000000000, 0, "s"}},
};

static const uint64_t pow10_of[] = {1, 10, 100};

struct units_scale units__scale(uint64_t max_ns)
{
	size_t i = 0;

	while (max_ns >= ns_scales[i].limit && ns_scales[i].limit != UINT64_MAX)
		i++;
	return ns_scales[i].scale;
}

static void add_fraction(char *buf, uint64_t value, const struct units_scale *scale)
{
	uint64_t one = pow10_of[scale->decimals];
	size_t len;

	units__count(buf, value / one);
	len = strlen(buf);
	if (scale->decimals) {
		snprintf(buf + len, UNITS_LEN - len, ".%0*" PRIu64, (int)scale->decimals,
			 value % one);
		len = strlen(buf);
	}
	snprintf(buf + len, UNITS_LEN - len, " %s", scale->unit);
}

char *units__scaled(char *buf, const struct units_scale *scale, uint64_t ns)
{
	uint64_t value = ns / scale->step + (ns % scale->step >= (scale->step + 1) / 2);

	if (!ns) {
		snprintf(buf, UNITS_LEN, "-");
	} else if (!value) {
		buf[0] = '<';
		snprintf(buf + 1, UNITS_LEN - 1, "%.*f %s", (int)scale->decimals,
			 1.0 / (double)pow10_of[scale->decimals], scale->unit);
	} else {
		add_fraction(buf, value, scale);
	}
	return buf;
}

char *units__ns(char *buf, uint64_t ns)
{
	struct units_scale scale = units__scale(ns);

	if (ns)
		return units__scaled(buf, &scale, ns);
	snprintf(buf, UNITS_LEN, "0 s");
	return buf;
}

char *units__count(char *buf, uint64_t count)
{
	char digits[UNITS_LEN];
	size_t i, out = 0, len = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, count);

	for (i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			buf[out++] = ',';
		buf[out++] = digits[i];
	}
	buf[out] = '\0';
	return buf;
}

char *units__bytes(char *buf, uint64_t bytes)
{
	static const char *const names[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
	double value = (double)bytes / 1000.0;
	size_t i = 0;

	if (bytes < 1000) {
		snprintf(buf, UNITS_LEN, "%" PRIu64 " B", bytes);
		return buf;
	}
	for (; value >= 999.5; i++)
		value /= 1000.0;
	snprintf(buf, UNITS_LEN, "%.*f %s", value < 9.95 ? 1 : 0, value, names[i]);
	return buf;
}

char *units__percent(char *buf, double share)
{
	double percent = share * 100.0;

	if (percent > 0 && percent < 0.1)
		snprintf(buf, UNITS_LEN, "<0.1 %%");
	else
		snprintf(buf, UNITS_LEN, "%.*f %%", percent > 0 && percent < 9.95 ? 1 : 0, percent);
	return buf;
}
