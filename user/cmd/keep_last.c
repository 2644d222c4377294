// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/keep_last.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/options.h"
#include "cmd/value.h"
#include "lib/error.h"
#include "trace/writer.h"

#define LEAST_NS    1000000000ull
#define LEAST_BYTES (1ull << 20)

static const struct {
	const char *name;
	double ns;
} units[] = {{"ms", 1e6}, {"s", 1e9}, {"min", 60e9}, {"h", 3600e9}};

#define UNITS (sizeof(units) / sizeof(units[0]))

/* 0 if it is no time. */
static uint64_t parse_time(const char *text)
{
	char *end;
	double number;

	if (*text < '0' || *text > '9' || strpbrk(text, "xXpPeE"))
		return 0;
	number = strtod(text, &end);
	for (size_t i = 0; i < UNITS; i++)
		if (!strcmp(end, units[i].name) && number * units[i].ns < 1e18)
			return (uint64_t)(number * units[i].ns);
	return 0;
}

int keep_last__parse(const char *text, struct trace_keep *keep, struct error *err)
{
	const struct option_row size = {
		.name = "keep-last", .kind = OPTION_BYTES, .target = &keep->bytes};

	*keep = (struct trace_keep){.ns = parse_time(text)};
	if (!keep->ns && value__parse(&size, text, NULL))
		return error__set(
			err, -EINVAL,
			"option '--keep-last': '%s' is no time as 30s or 10min, and no size "
			"as 64M",
			text);
	if (keep->ns ? keep->ns < LEAST_NS : keep->bytes < LEAST_BYTES)
		return error__set(err, -EINVAL, "option '--keep-last': at least 1s or 1M");
	return 0;
}
