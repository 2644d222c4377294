// SPDX-License-Identifier: GPL-2.0-only
/*
 * The critical path of a simulated run: from the last end backwards, where a task was blocked on to
 * who ended that, which was running then.
 */
#include "replay/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"

int journal__begin(struct journal *j, size_t ntasks)
{
	size_t i;

	memset(j, 0, sizeof(*j));
	j->last = malloc((ntasks + 1) * sizeof(*j->last));
	if (!j->last)
		return -ENOMEM;
	for (i = 0; i < ntasks; i++)
		j->last[i] = SIZE_MAX;
	return 0;
}

void journal__add(struct journal *j, const struct entry *entry)
{
	struct entry *entries = array__reserve(j->entries, &j->size, j->count, sizeof(*entries));

	if (!entries) {
		j->failed = -ENOMEM;
		return;
	}
	j->entries = entries;
	entries[j->count] = *entry;
	entries[j->count].before = j->last[entry->task];
	j->last[entry->task] = j->count++;
}

void journal__free(struct journal *j)
{
	free(j->entries);
	free(j->last);
	memset(j, 0, sizeof(*j));
}

/* Adds what lies between the entry's start and `until`. */
static void add(struct path *path, const struct entry *e, uint64_t until)
{
	uint64_t ns = until > e->start_ns ? until - e->start_ns : 0;

	path->total_ns += ns;
	switch (e->kind) {
	case ENTRY_RUN:
		if (e->object != REPLAY_NONE)
			path->lock_ns[e->object] += ns;
		else
			path->run_ns[e->task] += ns;
		break;
	case ENTRY_QUEUE:
		if (e->object == REPLAY_NONE)
			path->queue_ns += ns;
		else
			path->latency_ns += ns;
		break;
	default:
		path->cause_ns[e->cause < 64 ? e->cause : 63] += ns;
		break;
	}
}

static size_t last_entry(const struct journal *j)
{
	size_t i, best = SIZE_MAX;

	for (i = 0; i < j->count; i++)
		if (best == SIZE_MAX || j->entries[i].end_ns >= j->entries[best].end_ns)
			best = i;
	return best;
}

int journal__path(const struct journal *j, const struct program *p, struct path *path)
{
	size_t at = last_entry(j);
	uint64_t until = at == SIZE_MAX ? 0 : j->entries[at].end_ns;

	memset(path, 0, sizeof(*path));
	path->run_ns = calloc(p->ntasks + 1, sizeof(*path->run_ns));
	path->lock_ns = calloc(p->nobjects + 1, sizeof(*path->lock_ns));
	if (!path->run_ns || !path->lock_ns)
		return -ENOMEM;
	while (at != SIZE_MAX) {
		const struct entry *e = &j->entries[at];

		if (e->by != SIZE_MAX && e->by < at) {
			at = e->by;
			continue;
		}
		add(path, e, until);
		until = e->start_ns < until ? e->start_ns : until;
		at = e->before;
	}
	return 0;
}

void path__free(struct path *path)
{
	free(path->run_ns);
	free(path->lock_ns);
	memset(path, 0, sizeof(*path));
}
