/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where in the program, and through which file, the current task waits or wakes. */
#ifndef CT_PLACE_BPF_H
#define CT_PLACE_BPF_H

#include "bpf/state.bpf.h"

/* Looks anew at what is found under that key, and remembers it in its slot. */
int look_at_place(u64 key, u64 now, u32 with_file);

static __always_inline u64 place_key(u32 tid, const struct pt_regs *regs)
{
	return mix(mix(regs->ip + ((u64)tid << 40), regs->sp), regs->di);
}

/*
 * Of the current task, in a system call or fault. Its descriptor is looked at only if with_file:
 * the first argument of this call may be one. NULL: nothing can be told.
 */
static __always_inline const struct ct_site *place_of(void *ring, const struct syscall *call,
						      u32 tid, u64 now, bool with_file)
{
	struct ct_site *site;
	u64 key;

	if (!call->regs || call->compat || !ring)
		return NULL;
	key = place_key(tid, call->regs);
	site = &scratch_of(ring)->sites[key & (CT_SITES - 1)];
	if (site->key != key || now >= site->until)
		look_at_place(key, now, with_file);
	return site;
}

#endif
