// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Contended locks of the kernel. Only noted here: the switch that follows tells of it. */
#include "bpf/klock.bpf.h"

/* Plain raw tracepoints: each that is found by BTF costs a search at the start. */
SEC("raw_tp")
int BPF_PROG(on_contention_begin, void *lock, unsigned int flags)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct ct_klock *k;

	if ((flags & LCB_F_SPIN) || !is_traced(task))
		return 0;
	k = klock_of(task->pid);
	k->tid = task->pid;
	k->flags = flags;
	k->lock = (u64)lock;
	return 0;
}

SEC("raw_tp")
int BPF_PROG(on_contention_end, void *lock)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct ct_klock *k = klock_of(task->pid);

	if (k->tid == (u32)task->pid)
		k->lock = 0;
	return 0;
}
