// SPDX-License-Identifier: GPL-2.0-only
#include "symbol/textline.h"

#include <string.h>

bool textline__next(const char **at, const char *text_end, const char **line, const char **end)
{
	const char *newline;

	if (*at >= text_end)
		return false;
	*line = *at;
	newline = memchr(*at, '\n', (size_t)(text_end - *at));
	*end = newline ? newline : text_end;
	*at = newline ? newline + 1 : text_end;
	return true;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool textline__hex(const char **at, const char *end, uint64_t *value)
{
	const char *p = *at;
	unsigned int n = 0;

	*value = 0;
	if (end - p > 2 && p[0] == '0' && (p[1] | 0x20) == 'x')
		p += 2;
	for (; p < end && digit(*p) >= 0; p++) {
		*value = *value << 4 | (uint64_t)digit(*p);
		if (*value)
			n++;
	}
	if (p == *at || n > 16 || (p < end && *p != ' ' && *p != '\t'))
		return false;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	*at = p;
	return true;
}
