/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which CPUs a traced task may run on: sent when it is restricted, and whenever that changes. */
#ifndef CT_AFFINITY_BPF_H
#define CT_AFFINITY_BPF_H

#include "bpf/state.bpf.h"

extern const volatile unsigned int ct_possible;	 /* CPUs that an unrestricted task may run on */
extern const volatile unsigned int ct_cpu_words; /* of a mask, for all CPUs that have a ring */
extern struct ct_restricted ct_restricted[CT_RESTRICTED];

static __always_inline struct ct_restricted *restricted_slot(u32 tid)
{
	return &ct_restricted[tid & (CT_RESTRICTED - 1)];
}

static __always_inline bool is_restricted(struct task_struct *task)
{
	return (u32)task->nr_cpus_allowed < ct_possible;
}

static __always_inline u32 hash_of_mask(const u64 *mask, u32 words)
{
	u64 hash = 1;
	u32 i;

	for (i = 0; i < words && i < CT_CPU_WORDS; i++)
		hash = mix(hash, mask[i]);
	return (u32)hash | 1;
}

/* Reads the mask, and returns a hash of it that is not 0. */
static __always_inline u32 read_mask(u64 mask[CT_CPU_WORDS], struct task_struct *task)
{

	__builtin_memset(mask, 0, CT_CPU_WORDS * sizeof(u64));
	if (ct_cpu_words > CT_CPU_WORDS)
		return 1;
	bpf_probe_read_kernel(mask, ct_cpu_words * sizeof(u64), &task->cpus_mask);
	return hash_of_mask(mask, ct_cpu_words);
}

/*
 * Sends the mask of a task, given by its address, if it is not what was sent last. Rare, so apart:
 * a global function, verified once per program. now = 0: it is to look at the clock.
 */
int look_at_mask(u64 task, u64 now);

/* Restricted to what was last sent of it. Only on machines whose mask is a word is that cheap. */
static __always_inline bool is_as_sent(struct task_struct *task)
{
	const struct ct_restricted *slot = restricted_slot(task->pid);
	u64 word;

	if (ct_cpu_words != 1 || slot->tid != (u32)task->pid || !is_restricted(task))
		return false;
	word = task->cpus_mask.bits[0];
	return slot->hash == hash_of_mask(&word, 1);
}

/*
 * To be called where a traced task becomes runnable, last: the fewer ways there are from here on,
 * the sooner the program is verified. Costs a few loads, mostly. now as in look_at_mask().
 */
static __always_inline void check_affinity(struct task_struct *task, u64 now)
{
	if ((is_restricted(task) || ct_control.restricted) && !is_as_sent(task))
		look_at_mask(address_of(task), now);
}

#endif
