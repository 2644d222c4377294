/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What traced processes map to run code from, as the kernel tells of it (perf's side-band records),
 * without touching the processes. All of it is best effort: where it is missing, code has no name.
 */
#ifndef CAPTURE_MAPPINGS_H
#define CAPTURE_MAPPINGS_H

#include <stddef.h>
#include <stdint.h>

#include "capture/capture.h"

struct error;
struct keeper;
struct mappings;
struct wipe;

/*
 * From now on, mappings gather in a small ring for each CPU below ncpus. Files are shown to the
 * keeper, which must live as long; NULL: to nobody. Returns 0, or a negative errno with err filled:
 * -EACCES without the right to it.
 */
int mappings__open(unsigned int ncpus, struct keeper *keeper, struct mappings **out,
		   struct error *err);
void mappings__close(struct mappings *m);

/*
 * Looks at a record of the probes: CT_TASK and CT_FORK tell which processes are traced, the others
 * are nothing to it. In a pid namespace of our own, processes of namespaces below ours are not
 * recognised.
 */
void mappings__note(struct mappings *m, const void *record);

/*
 * Hands on what was mapped before before_ns (CLOCK_MONOTONIC) by traced processes, as CT_MAP
 * records on the stream CT_STREAM_MAPS, in time order, one of an interpreter's code followed by a
 * CT_RUNTIME: a program that is executed is a
 * CT_MAP_RESET, then its mappings, its vdso among them. Births from before that time must have been
 * noted: read the clock, drain the probes, then this. Returns the number of records, fn's nonzero
 * value, or -ENOMEM.
 */
long mappings__drain(struct mappings *m, uint64_t before_ns, capture_fn fn, void *ctx);
/* Tells of all code that was mapped by now in any process, whatever was drained already. */
void mappings__peek(struct mappings *m, struct wipe *wipe);
/*
 * The same of what a process has mapped already: a CT_MAP_RESET and its executable mappings, now.
 * `pid` is of the initial namespace, and was noted. Drain before. Returns 0, fn's nonzero value, or
 * a negative errno, mostly -ENOENT: the process is gone.
 */
int mappings__of_process(struct mappings *m, uint32_t pid, capture_fn fn, void *ctx);

/* Records that did not fit, of all processes of the machine. */
uint64_t mappings__lost(const struct mappings *m);

#endif
