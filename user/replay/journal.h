/* SPDX-License-Identifier: GPL-2.0-only */
/* What happened in a simulated run, so that its critical path can be found afterwards. */
#ifndef REPLAY_JOURNAL_H
#define REPLAY_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "replay/program.h"

enum entry_kind { ENTRY_RUN, ENTRY_QUEUE, ENTRY_BLOCK };

struct entry {
	uint64_t start_ns, end_ns;
	size_t before; /* the same task's; SIZE_MAX = none */
	size_t by;     /* what ended a BLOCK, or started the task; SIZE_MAX = nothing */
	uint32_t task, object;
	uint8_t kind, cause;
};

struct journal {
	struct entry *entries;
	size_t count, size;
	size_t *last; /* by task: its last entry, SIZE_MAX = none */
	int failed;
};

/* Where the critical path of a run goes. */
struct path {
	uint64_t *run_ns;  /* by task */
	uint64_t *lock_ns; /* by object: computing with a lock that others wait for */
	uint64_t cause_ns[64];
	uint64_t queue_ns, latency_ns, total_ns;
};

/* Returns 0 or -ENOMEM. */
int journal__begin(struct journal *j, size_t ntasks);
void journal__add(struct journal *j, const struct entry *entry);
void journal__free(struct journal *j);

/* Returns 0 or -ENOMEM. */
int journal__path(const struct journal *j, const struct program *p, struct path *path);
void path__free(struct path *path);

#endif
