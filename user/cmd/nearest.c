// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/nearest.h"

#include <limits.h>
#include <string.h>

#define LONGEST 63

static unsigned int least(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int m = a < b ? a : b;

	return m < c ? m : c;
}

unsigned int nearest__distance(const char *a, const char *b)
{
	unsigned int row[3][LONGEST + 1];
	size_t na = strlen(a), nb = strlen(b), i, j;

	if (na > LONGEST || nb > LONGEST)
		return UINT_MAX;
	for (j = 0; j <= nb; j++)
		row[0][j] = (unsigned int)j;
	for (i = 1; i <= na; i++) {
		unsigned int *now = row[i % 3], *above = row[(i + 2) % 3], *two = row[(i + 1) % 3];

		now[0] = (unsigned int)i;
		for (j = 1; j <= nb; j++) {
			unsigned int differs = a[i - 1] != b[j - 1];

			now[j] = least(above[j] + 1, now[j - 1] + 1, above[j - 1] + differs);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    two[j - 2] + 1 < now[j])
				now[j] = two[j - 2] + 1;
		}
	}
	return row[na % 3][nb];
}

void nearest__offer(const char *typed, const char *word, const char **best)
{
	unsigned int distance = nearest__distance(typed, word);
	/* A third of the letters wrong is a slip; more is another word. */
	size_t allowed = strlen(typed) / 3 + 1;

	if (distance > allowed || distance >= strlen(word))
		return;
	if (!*best || distance < nearest__distance(typed, *best))
		*best = word;
}
