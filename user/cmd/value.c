// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/value.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/types.h>

#include "cmd/options.h"
#include "lib/error.h"

#define NS_PER_SECOND 1000000000ull
#define MOST_SECONDS  1000000000ull
#define MOST_BYTES    (1ull << 40)

/* Digits only, unlike strtoul: no sign, no blank. Returns where they end, NULL if out of range. */
static const char *parse_digits(const char *text, uint64_t most, uint64_t *value)
{
	*value = 0;
	if (*text < '0' || *text > '9')
		return NULL;
	for (; *text >= '0' && *text <= '9'; text++) {
		if (*value > (most - (uint64_t)(*text - '0')) / 10)
			return NULL;
		*value = *value * 10 + (uint64_t)(*text - '0');
	}
	return text;
}

static bool parse_seconds(const char *text, uint64_t *ns)
{
	uint64_t whole, unit = NS_PER_SECOND / 10, part = 0;

	text = parse_digits(text, MOST_SECONDS, &whole);
	if (!text)
		return false;
	if (*text == '.') {
		for (text++; *text >= '0' && *text <= '9'; text++, unit /= 10)
			part += unit * (uint64_t)(*text - '0');
	}
	*ns = whole * NS_PER_SECOND + part;
	return !*text && *ns > 0;
}

static bool parse_bytes(const char *text, uint64_t *bytes)
{
	static const char units[] = "KMG";
	const char *unit;
	unsigned int shift = 0;

	text = parse_digits(text, MOST_BYTES, bytes);
	if (!text)
		return false;
	unit = *text ? strchr(units, *text & ~0x20) : NULL;
	if (unit) {
		shift = 10 * (unsigned int)(unit - units + 1);
		text++;
	}
	if (*text || !*bytes || *bytes > MOST_BYTES >> shift)
		return false;
	*bytes <<= shift;
	return true;
}

static bool parse_pid(const char *text, pid_t *pid)
{
	uint64_t value;

	text = parse_digits(text, INT_MAX, &value);
	if (!text || *text || !value)
		return false;
	*pid = (pid_t)value;
	return true;
}

static bool parse_count(const char *text, uint32_t *count)
{
	uint64_t value;

	text = parse_digits(text, UINT32_MAX, &value);
	if (!text || *text)
		return false;
	*count = (uint32_t)value;
	return true;
}

static bool add_word(const char *text, struct option_list *list)
{
	if (!*text || list->count == OPTION_LIST_MOST)
		return false;
	list->words[list->count++] = text;
	return true;
}

int value__parse(const struct option_row *row, const char *text, struct error *err)
{
	const char *wanted = "";
	bool ok = true;

	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)row->target = true;
		break;
	case OPTION_TEXT:
		wanted = "a name";
		ok = *text != '\0';
		*(const char **)row->target = text;
		break;
	case OPTION_SECONDS:
		wanted = "seconds above 0, as 2 or 0.5";
		ok = parse_seconds(text, row->target);
		break;
	case OPTION_BYTES:
		wanted = "a size, as 512K or 8M";
		ok = parse_bytes(text, row->target);
		break;
	case OPTION_PID:
		wanted = "a process id";
		ok = parse_pid(text, row->target);
		break;
	case OPTION_COUNT:
		wanted = "a number, as 99 or 0";
		ok = parse_count(text, row->target);
		break;
	case OPTION_LIST:
		wanted = "a name, or one too many";
		ok = add_word(text, row->target);
		break;
	}
	if (!ok)
		return error__set(err, -EINVAL, "option '--%s': '%s' is not %s", row->name, text,
				  wanted);
	return 0;
}
