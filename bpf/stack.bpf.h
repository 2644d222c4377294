/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* User stacks: an id for each, and a raw copy the first time; unwound later, elsewhere. */
#ifndef CT_STACK_BPF_H
#define CT_STACK_BPF_H

#include "bpf/state.bpf.h"

#define STACK_WINDOW	2048	  /* bytes that the id is made of */
#define TEXT_NEAR	(1 << 27) /* libraries lie this near to each other */
#define PAGE		4096
#define TOKENS		400 /* new stacks per CPU and tenth of a second, at most */
#define TOKENS_EVERY_NS 100000000ULL

/* Samples that lie in the same 128 bytes of code, with the same callers, share a stack. */
#define SAMPLE_SHIFT 7

enum stack_use {
	STACK_OF_TASK = 0,   /* in a system call or fault */
	STACK_OF_SAMPLE = 1, /* interrupted anywhere: its ip is told beside the id */
};

extern unsigned long long ct_seen[CT_SEEN];

/* Sets of CT_SEEN_WAYS: two ids that are in use all the time shall not push each other out. */
static __always_inline u64 *seen_set(u64 id)
{
	return (u64 *)&ct_seen[(id & (CT_SEEN / CT_SEEN_WAYS - 1)) * CT_SEEN_WAYS];
}

/* True if the id was sent before; if not, it is marked as sent. */
static __always_inline bool seen(u64 id)
{
	u64 *set = seen_set(id);

	if (set[0] == id || set[1] == id || set[2] == id || set[3] == id)
		return true;
	set[(id >> 60) & (CT_SEEN_WAYS - 1)] = id;
	return false;
}

/* It could not be sent after all. */
static __always_inline void unsee(u64 id)
{
	seen_set(id)[(id >> 60) & (CT_SEEN_WAYS - 1)] = 0;
}

/*
 * The id of the current task's stack that regs tell of, sent if it is new; 0 if none could be
 * taken. Global functions: verified once per program, however often it calls them.
 */
u64 stack_of(const arch_regs *regs, u64 now, u32 use);

#endif
