/* SPDX-License-Identifier: GPL-2.0-only */
/* What the table sync says of one lock, in sentences. */
#ifndef VERDICT_LOCKS_H
#define VERDICT_LOCKS_H

#include <stdbool.h>

#include "verdict/facts.h"
#include "verdict/finding.h"

/* A lock that somebody holds while others wait: no queue, no runtime's parking place. */
bool lock__is(const struct facts *f, size_t row);
/* Threads wait for it in a circle: that it is waited for needs no other reason. */
bool lock__is_deadlocked(const struct facts *f, size_t row);
int64_t lock__id(const struct facts *f, size_t row);
/* Held while others waited, by all holders; what they did meanwhile: "running", "runnable". */
uint64_t lock__held(const struct facts *f, size_t row);
uint64_t lock__held_while(const struct facts *f, size_t row, const char *doing);

/* Subject, object and the numbers of its waits. */
void lock__fill(const struct facts *f, size_t row, struct finding *out);
/* Part of all CPUs' time that was idle because threads waited for it. */
double lock__idle_share(const struct facts *f, size_t row);
/*
 * A new finding, filled as above, that costs the time of CPUs that were idle because of waits for
 * it. NULL: that is not worth telling, or out of memory, which findings remembers.
 */
struct finding *lock__find_idle(const struct facts *f, size_t row, const char *code,
				struct findings *out);
/* "4 threads waited 5.6 s in all, longest 31 ms." */
void lock__add_waits(const struct facts *f, size_t row, struct strbuf *out);
/* "Held by worker-1 (25 %) and 3 others, which were computing 97 % of that time, mostly in ..." */
void lock__add_holders(const struct facts *f, size_t row, struct strbuf *out);
/* "Waiters stop at worker() convoy.c:58." */
void lock__add_sites(const struct facts *f, size_t row, struct strbuf *out);

#endif
