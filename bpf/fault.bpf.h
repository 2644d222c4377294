/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which file's memory a traced task is in a page fault of, noted when it is not in memory. */
#ifndef CT_FAULT_BPF_H
#define CT_FAULT_BPF_H

#include "bpf/state.bpf.h"

/*
 * The id of the file that the current task, about to block in a state that signals do not end, is
 * in a page fault of; 0 = it is in none, or in one of memory without a file, or of which nothing
 * was noted. A global function, so that the paths through it do not multiply those of the caller.
 */
u64 file_of_fault(u64 now);

#endif
