// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/range.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "cmd/analyse.h"
#include "lib/error.h"
#include "lib/units.h"
#include "report/report.h"

#define DIGITS_MOST 12 /* before the point: 31,000 years */

static const struct {
	const char *name;
	uint64_t ns; /* 0: percent */
} units[] = {
	{"", 1000000000}, {"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"ns", 1}, {"%", 0},
};

/* "12.5" times `one`; digits that count less than a whole are cut off. Returns the rest, or NULL.
 */
static const char *read_number(const char *text, uint64_t one, uint64_t *value)
{
	size_t whole = strspn(text, "0123456789"), i;
	const char *p = text + whole;

	*value = 0;
	for (i = 0; i < whole; i++)
		*value = *value * 10 + (uint64_t)(text[i] - '0');
	if (whole > DIGITS_MOST || *value > INT64_MAX / one)
		return NULL;
	*value *= one;
	if (*p != '.')
		return whole ? p : NULL;
	for (p++; *p >= '0' && *p <= '9'; p++, whole++) {
		one /= 10;
		*value += one * (uint64_t)(*p - '0');
	}
	return whole ? p : NULL;
}

int moment__parse(struct moment *moment, const char *option, const char *text, struct error *err)
{
	const char *unit = text + strspn(text, "0123456789.");
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(*units); i++) {
		uint64_t one = units[i].ns ? units[i].ns : RANGE_PARTS / 100, value;
		const char *rest;

		if (strcmp(unit, units[i].name) != 0)
			continue;
		rest = read_number(text, one, &value);
		if (rest != unit || (!units[i].ns && value > RANGE_PARTS))
			break;
		*moment = (struct moment){.percent = !units[i].ns};
		*(units[i].ns ? &moment->ns : &moment->parts) = value;
		return 0;
	}
	return error__set(err, -EINVAL,
			  "--%s wants a time like 1.5s, 200ms, 30us or 40%%, not '%s'", option,
			  text);
}

uint64_t moment__ns(const struct moment *moment, uint64_t wall_ns)
{
	if (!moment->percent)
		return moment->ns;
	return (uint64_t)((unsigned __int128)wall_ns * moment->parts / RANGE_PARTS);
}

static int set_empty(const struct range *range, struct error *err)
{
	return error__set(err, -EINVAL, "an empty range: --to %s is not after %s%s", range->to_text,
			  range->from_text ? "--from " : "the start",
			  range->from_text ? range->from_text : "");
}

int range__parse(struct range *range, struct error *err)
{
	int rc = range->from_text ? moment__parse(&range->from, "from", range->from_text, err) : 0;

	if (!rc && range->to_text)
		rc = moment__parse(&range->to, "to", range->to_text, err);
	/* Better said before a program is run than after it. */
	if (rc || !range->from_text || !range->to_text || range->from.percent != range->to.percent)
		return rc;
	return range->to.ns + range->to.parts > range->from.ns + range->from.parts
		       ? 0
		       : set_empty(range, err);
}

int range__find(const struct range *range, const struct analyse_options *opts, uint64_t *from_ns,
		uint64_t *to_ns, struct error *err)
{
	const char *from = range->from_text, *to = range->to_text;
	struct report *report = NULL;
	uint64_t wall_ns = 0;
	int rc = 0;

	if ((from && range->from.percent) || (to && range->to.percent))
		rc = analyse__report(opts, &report, err);
	if (rc)
		return rc;
	if (report)
		wall_ns = (uint64_t)table__int(report__find(report, ""), 0, "wall_ns");
	report__free(report);
	*from_ns = from ? moment__ns(&range->from, wall_ns) : 0;
	*to_ns = to ? moment__ns(&range->to, wall_ns) : 0;
	return to && *to_ns <= *from_ns ? set_empty(range, err) : 0;
}

int range__check(uint64_t from_ns, uint64_t wall_ns, struct error *err)
{
	char from[UNITS_LEN], wall[UNITS_LEN];

	if (!from_ns || from_ns < wall_ns)
		return 0;
	return error__set(err, -EINVAL, "--from %s is not before the end of the run, which took %s",
			  units__ns(from, from_ns), units__ns(wall, wall_ns));
}
