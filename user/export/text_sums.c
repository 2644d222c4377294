// SPDX-License-Identifier: GPL-2.0-only
#include "export/text_sums.h"

#include <string.h>

#include "report/report.h"

uint64_t text_sum(const struct report_table *t, const char *key)
{
	uint64_t all = 0;
	size_t row;

	for (row = 0; row < table__rows(t); row++)
		all += (uint64_t)table__int(t, row, key);
	return all;
}

static void insert(struct text_blocked *b, const struct report_column *column, uint64_t ns)
{
	size_t i = b->n++;

	for (; i && b->causes[i - 1].ns < ns; i--)
		b->causes[i] = b->causes[i - 1];
	b->causes[i].key = column->key;
	b->causes[i].name = column->key + strlen("blocked_by.");
	b->causes[i].ns = ns;
}

void text_blocked__sum(struct text_blocked *blocked, const struct report_table *tasks)
{
	const struct report_column *columns;
	size_t i, n = table__columns(tasks, &columns);

	memset(blocked, 0, sizeof(*blocked));
	for (i = 0; i < n && blocked->n < TEXT_BLOCKED_MAX; i++) {
		uint64_t ns;

		if (strncmp(columns[i].key, "blocked_by.", strlen("blocked_by.")) != 0)
			continue;
		ns = text_sum(tasks, columns[i].key);
		blocked->ns += ns;
		if (ns)
			insert(blocked, &columns[i], ns);
	}
}
