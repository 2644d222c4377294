// SPDX-License-Identifier: GPL-2.0-only
#include "export/html_page.h"

#include <string.h>

#include "html_page.inc"

static const char mark[] = "@DATA@";

static const char *find_mark(void)
{
	return memmem(html_page, sizeof(html_page), mark, sizeof(mark) - 1);
}

const char *html_page__head(size_t *len)
{
	const char *found = find_mark();

	*len = found ? (size_t)(found - (const char *)html_page) : sizeof(html_page);
	return (const char *)html_page;
}

const char *html_page__tail(size_t *len)
{
	const char *found = find_mark();

	*len = 0;
	if (!found)
		return "";
	found += sizeof(mark) - 1;
	*len = sizeof(html_page) - (size_t)(found - (const char *)html_page);
	return found;
}
