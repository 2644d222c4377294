/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of probes: which program sits on which tracepoint, which ones may be missing. */
#ifndef CAPTURE_PROBES_H
#define CAPTURE_PROBES_H

#include <stdint.h>

#include "bpf/events.h"

struct conctrace_bpf;
struct error;
struct probes;

/* Before loading: only the programs that recording cannot do without will be loaded. */
void probes__leave_out_optional(struct conctrace_bpf *skel);
/* Attaches all rows. Returns 0 or a negative errno with err filled; nothing is attached then. */
int probes__attach(struct conctrace_bpf *skel, struct probes **out, struct error *err);
/* Detaches, keeping the programs' own counts readable. */
void probes__stop(struct probes *probes);
/* Adds runs that the kernel skipped because a probe was already running on that CPU. */
void probes__missed(const struct probes *probes, uint64_t lost[CT_LOST_KINDS]);
/* Detaches and frees; NULL-safe. */
void probes__detach(struct probes *probes);

#endif
