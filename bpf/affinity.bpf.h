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

/* Reads the mask, and returns a hash of it that is not 0. */
static __always_inline u32 read_mask(u64 mask[CT_CPU_WORDS], struct task_struct *task)
{
	u64 hash = 1;
	u32 i;

	__builtin_memset(mask, 0, CT_CPU_WORDS * sizeof(u64));
	if (ct_cpu_words > CT_CPU_WORDS)
		return 1;
	bpf_probe_read_kernel(mask, ct_cpu_words * sizeof(u64), &task->cpus_mask);
	for (i = 0; i < ct_cpu_words && i < CT_CPU_WORDS; i++)
		hash = mix(hash, mask[i]);
	return (u32)hash | 1;
}

/* Restricted, or it was: 0 for a task that may run everywhere again. */
static __always_inline void send_affinity(struct task_struct *task, u64 now, u32 hash,
					  const u64 mask[CT_CPU_WORDS])
{
	u32 cpu, tid = task->pid;
	struct ct_cpu *state = this_cpu(&cpu);
	struct ct_restricted *slot = restricted_slot(tid);
	struct ct_affinity *a;

	a = reserve_side(bpf_map_lookup_elem(&rings, &cpu), state, CT_AFFINITY, sizeof(*a));
	if (!a)
		return; /* the slot stays as it is: the next time will tell */
	fill_header(&a->h, now ? now : bpf_ktime_get_ns(), tid, 0);
	a->ncpus = hash ? ct_cpu_words * 64 : 0;
	a->reserved = 0;
	__builtin_memcpy(a->mask, mask, sizeof(a->mask));
	commit(&a->h, CT_AFFINITY);
	ct_control.restricted = 1;
	slot->tid = hash ? tid : 0;
	slot->hash = hash;
}

static __noinline void look_at_mask(struct task_struct *task, u64 now)
{
	struct ct_restricted *slot = restricted_slot(task->pid);
	u64 mask[CT_CPU_WORDS];
	bool known = slot->tid == (u32)task->pid;
	u32 hash = 0;

	if (is_restricted(task))
		hash = read_mask(mask, task);
	else
		__builtin_memset(mask, 0, sizeof(mask));
	if (known ? slot->hash != hash : hash != 0)
		send_affinity(task, now, hash, mask);
}

/*
 * To be called where a traced task becomes runnable, last: the fewer ways there are from here on,
 * the sooner the program is verified. Costs a load or two, mostly. now = 0: it is to look at the
 * clock.
 */
static __always_inline void check_affinity(struct task_struct *task, u64 now)
{
	if (is_restricted(task) || ct_control.restricted)
		look_at_mask(task, now);
}

#endif
