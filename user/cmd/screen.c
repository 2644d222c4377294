// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/screen.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define USUAL 80

size_t screen__columns(void)
{
	const char *text = getenv("COLUMNS");
	struct winsize size = {0};
	long columns = 0;

	if (!isatty(STDOUT_FILENO))
		return USUAL;
	/* Who sets COLUMNS for a command means it. */
	if (text)
		columns = strtol(text, NULL, 10);
	if (columns <= 0 && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		columns = size.ws_col;
	if (columns <= 0)
		return USUAL;
	if (columns < SCREEN_LEAST)
		return SCREEN_LEAST;
	return columns < SCREEN_MOST ? (size_t)columns : SCREEN_MOST;
}

/* As setlocale() would choose: the first of these that is set. */
bool screen__unicode(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	const char *term = getenv("TERM"), *value, *codeset;
	size_t i;

	if (term && !strcmp(term, "dumb"))
		return false;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		value = getenv(names[i]);
		if (!value || !*value)
			continue;
		codeset = strchr(value, '.');
		return codeset && (!strncasecmp(codeset + 1, "utf-8", 5) ||
				   !strncasecmp(codeset + 1, "utf8", 4));
	}
	return false;
}
