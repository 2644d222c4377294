// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/hold_times.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/hist.h"
#include "model/slice.h"
#include "report/report.h"

struct hold_times {
	const struct model_task *holder; /* of the last holding; NULL = none yet, nobody known */
	uint64_t start_ns, end_ns;
	struct hist all; /* without the last one */
};

static int count_last(struct hold_times *t)
{
	return t->holder ? hist__add(&t->all, t->end_ns - t->start_ns) : 0;
}

int hold_times__add(struct hold_times **times, const struct hold_slice *slice)
{
	struct hold_times *t = *times ? *times : calloc(1, sizeof(*t));
	int err;

	if (!t)
		return -ENOMEM;
	*times = t;
	if (t->holder && t->holder == slice->holder && t->end_ns == slice->start_ns) {
		t->end_ns = slice->end_ns;
		return 0;
	}
	err = count_last(t);
	t->holder = slice->holder;
	t->start_ns = slice->start_ns;
	t->end_ns = slice->end_ns;
	return err;
}

void hold_times__set(struct hold_times *t, struct report_table *table, size_t row)
{
	if (!t)
		return;
	count_last(t); /* without memory: into count and max alone */
	t->holder = NULL;
	if (!t->all.count)
		return;
	table__set_int(table, row, "hold.count", (int64_t)t->all.count);
	table__set_int(table, row, "hold.p50_ns", (int64_t)hist__percentile(&t->all, 50));
	table__set_int(table, row, "hold.max_ns", (int64_t)t->all.max);
}

void hold_times__free(struct hold_times *t)
{
	if (!t)
		return;
	hist__clear(&t->all);
	free(t);
}
