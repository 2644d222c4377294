/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where in the program, and through which file, the current task waits or wakes. */
#ifndef CT_PLACE_BPF_H
#define CT_PLACE_BPF_H

#include "bpf/state.bpf.h"

/*
 * Where the current task is, looked at anew and remembered in the key's slot: its stack and, of one
 * that waits, the file behind its first argument if that may be a descriptor. Apart, because every
 * program pays at its start for all that it may call.
 */
int look_at_wait(u64 key, u64 now, u32 with_file);
int look_at_waker(u64 key, u64 now);

#define KEY_OF_WAKER 0x5a5a000000000000ULL /* the same place may be one to wait at, too */

static __always_inline u64 place_key(u32 tid, const struct pt_regs *regs)
{
	return mix(mix(REG_IP(regs) + ((u64)tid << 40), regs->sp), REG_ARG0(regs));
}

static __always_inline struct ct_site *site_at(void *ring, u64 key)
{
	return &scratch_of(ring)->sites[key & (CT_SITES - 1)];
}

/*
 * Of the current task, in a system call or fault, that waits. NULL: nothing can be told. While this
 * CPU loses records nothing is looked at: the program would pay for what is not told anyway.
 */
static __always_inline const struct ct_site *place_of_wait(void *ring, const struct ct_cpu *state,
							   const struct syscall *call, u32 tid,
							   u64 now, bool with_file)
{
	struct ct_site *site;
	u64 key;

	if (!call->regs || call->compat || !ring || state->lost_first)
		return NULL;
	key = place_key(tid, call->regs);
	site = site_at(ring, key);
	if (site->key != key || now >= site->until)
		look_at_wait(key, now, with_file);
	return site;
}

/* The same of one that wakes another. */
static __always_inline const struct ct_site *
place_of_waker(void *ring, const struct ct_cpu *state, const struct syscall *call, u32 tid, u64 now)
{
	struct ct_site *site;
	u64 key;

	if (!call->regs || call->compat || !ring || state->lost_first)
		return NULL;
	key = place_key(tid, call->regs) ^ KEY_OF_WAKER;
	site = site_at(ring, key);
	if (site->key != key || now >= site->until)
		look_at_waker(key, now);
	return site;
}

#endif
