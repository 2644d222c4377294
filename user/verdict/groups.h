/* SPDX-License-Identifier: GPL-2.0-only */
/* Threads that do the same kind of work: of one process and one name, but for a number at its end.
 */
#ifndef VERDICT_GROUPS_H
#define VERDICT_GROUPS_H

#include "verdict/facts.h"

struct group {
	size_t first;		       /* row in tasks of its first member */
	size_t members;		       /* that ran at all */
	size_t busiest;		       /* row */
	uint64_t running_ns, most_ns;  /* of all, of the busiest */
	uint64_t last_end, end_before; /* when the last one ended, and the one before it */
	size_t last;		       /* row */
};

/* The next group of at least two, from row *pos on (start with 0). False: no more. */
bool group__next(const struct facts *f, size_t *pos, struct group *out);
/* True if both rows are of one group: "worker-1", "worker-2". */
bool group__same(const struct facts *f, size_t a, size_t b);

#endif
