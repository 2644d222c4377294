/* SPDX-License-Identifier: GPL-2.0-only */
/* What a rule has to say. */
#ifndef VERDICT_FINDING_H
#define VERDICT_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/strbuf.h"

/* X(identifier, key in reports, heading, unit): numbers that a finding rests on. */
#define VERDICT_EVIDENCE(X)                                                                        \
	X(WAITS, "waits", "waits", U_COUNT)                                                        \
	X(WAIT_NS, "wait_ns", "waited", U_NS)                                                      \
	X(MAX_WAIT_NS, "max_wait_ns", "longest wait", U_NS)                                        \
	X(THREADS, "threads", "threads", U_COUNT)                                                  \
	X(HELD_NS, "held_ns", "held while others waited", U_NS)                                    \
	X(HANDOFFS, "handoffs", "hand-offs", U_COUNT)                                              \
	X(HANDOFF_NS, "handoff_ns", "in hand-offs", U_NS)                                          \
	X(IDLE_NS, "idle_ns", "CPU time left idle", U_NS)                                          \
	X(PATH_NS, "path_ns", "on the critical path", U_NS)                                        \
	X(RUNNING_NS, "running_ns", "running", U_NS)                                               \
	X(RUNNABLE_NS, "runnable_ns", "waiting for a CPU", U_NS)                                   \
	X(LONGEST_NS, "longest_ns", "longest", U_NS)                                               \
	X(TYPICAL_NS, "typical_ns", "typical", U_NS)                                               \
	X(SWITCHES, "switches", "context switches", U_COUNT)                                       \
	X(NUMBER, "count", "how many", U_COUNT)                                                    \
	X(SAMPLES, "samples", "samples", U_COUNT)                                                  \
	X(CPUS, "cpus", "CPUs", U_COUNT)                                                           \
	X(LOST, "lost", "events lost", U_COUNT)                                                    \
	X(UNKNOWN_NS, "unknown_ns", "unknown", U_NS)

enum evidence {
#define X(id, key, heading, unit) EVIDENCE_##id,
	VERDICT_EVIDENCE(X)
#undef X
		EVIDENCE_COUNT
};

/* What a cost was taken from. X(identifier, name in reports) */
#define VERDICT_COSTS(X)                                                                           \
	X(IDLE, "idle") /* CPU time that was left idle for it */                                   \
	X(CPU, "cpu")	/* CPU time that went into it */                                           \
	X(PATH, "path") /* time on the critical path */                                            \
	X(TIME, "time") /* how long it went on */

enum cost {
#define X(id, name) COST_##id,
	VERDICT_COSTS(X)
#undef X
		COST_COUNT
};

#define NOBODY (-1) /* no thread, no object */

struct finding {
	const char *code;
	double share;	  /* 0..1 of the wall time, or of all CPUs' time */
	uint64_t cost_ns; /* the same as a part of the wall time; 0 = not said */
	enum cost cost_from;
	int64_t tid, sync;
	struct strbuf subject; /* thread, lock, place, file: what is to blame */
	struct strbuf summary; /* one line, no full stop */
	struct strbuf detail;  /* sentences */
	struct strbuf advice;  /* what to try; sentences */
	uint64_t evidence[EVIDENCE_COUNT];
	uint32_t has;	/* bits by enum evidence */
	bool uncertain; /* more time than that is unknown: set when all have been found */
};

struct findings;

/* A new one, to be filled in. NULL when out of memory, which findings remembers. */
struct finding *findings__add(struct findings *f, const char *code, double share);
void finding__cost(struct finding *f, enum cost from, uint64_t ns);
void finding__note(struct finding *f, enum evidence which, uint64_t value);

#endif
