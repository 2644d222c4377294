// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "bpf/affinity.bpf.h"

/* Restricted, or it was: 0 for a task that may run everywhere again. */
static __always_inline void send_affinity(u32 tid, u64 now, u32 hash, const u64 mask[CT_CPU_WORDS])
{
	u32 cpu;
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

__noinline int look_at_mask(u64 address, u64 now)
{
	struct task_struct *task = (struct task_struct *)address;
	u32 hash = 0, tid = BPF_CORE_READ(task, pid);
	struct ct_restricted *slot = restricted_slot(tid);
	bool known = slot->tid == tid;
	u64 mask[CT_CPU_WORDS];

	if ((u32)BPF_CORE_READ(task, nr_cpus_allowed) < ct_possible)
		hash = read_mask(mask, task);
	else
		__builtin_memset(mask, 0, sizeof(mask));
	if (known ? slot->hash != hash : hash != 0)
		send_affinity(tid, now, hash, mask);
	return 0;
}
