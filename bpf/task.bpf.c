// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The life of tasks: fork, exec, names. Of all tasks, so that CPU lanes have names. The end is told
 * at the final switch-out (sched.bpf.c): a run at sched_process_exit may be skipped, see on_fork.
 */
#include "bpf/affinity.bpf.h"

#define FILE_MAX 128 /* powers of two: the verifier bounds offsets by masking */
#define ARGS_MAX 256

/* True if the current task is conctrace's and it is about to start the workload. */
static __always_inline bool adopting(void)
{
	struct bpf_pidns_info ns = {};

	if (!ct_control.adopter)
		return false;
	if (bpf_get_ns_current_pid_tgid(ct_control.ns_dev, ct_control.ns_ino, &ns, sizeof(ns)))
		return false;
	return ns.tgid == ct_control.adopter;
}

/* Decides at birth whether a task is traced; tids are used again, so both ways matter. */
static __always_inline u32 admit(struct task_struct *parent, struct task_struct *child)
{
	bool root = adopting();

	if (ct_control.all)
		return is_traced(child) ? CT_T_TRACED : 0;
	if (!root && !tid_is_traced(parent->pid)) {
		if (tid_is_traced(child->pid))
			tid_forget(child->pid);
		return 0;
	}
	tid_trace(child->pid);
	__sync_fetch_and_add(&ct_control.live, 1);
	return CT_T_TRACED | (root ? CT_T_ROOT : 0);
}

/* By which call, and clone's flags. */
static __always_inline void fill_how(struct ct_fork *f, struct task_struct *parent)
{
	struct syscall call = syscall_of(parent);

	f->nr = (s32)call.nr;
	f->cflags = 0;
	f->reserved = 0;
	if (!call.regs || call.compat)
		return;
	if (call.nr == NR_CLONE)
		f->cflags = REG_ARG0(call.regs);
	else if (call.nr == NR_CLONE3) /* struct clone_args begins with them */
		bpf_probe_read_user(&f->cflags, sizeof(f->cflags), (void *)REG_ARG0(call.regs));
}

/* The child is as restricted as its parent, as far as the parent's mask was told. */
static __always_inline void inherit_affinity(struct task_struct *parent, struct task_struct *child)
{
	struct ct_restricted *from = restricted_slot(parent->pid),
			     *to = restricted_slot(child->pid);

	if (from->tid == (u32)parent->pid) {
		to->hash = from->hash;
		to->tid = child->pid;
	} else if (to->tid == (u32)child->pid) {
		to->tid = 0; /* of one that bore this tid before */
	}
}

/*
 * Not at sched_process_fork: there interrupts and, in kernels that run tracepoints preemptibly,
 * preemption are on, so that a run may be skipped because the probe is already running on that
 * CPU, and the child and all its descendants would go untraced. The first waking comes right
 * after it, from the parent, with interrupts off.
 */
SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(on_fork, struct task_struct *child)
{
	struct task_struct *parent = bpf_get_current_task_btf();
	u64 now = bpf_ktime_get_ns();
	u32 cpu, flags = admit(parent, child);
	struct ct_cpu *state = this_cpu(&cpu);
	struct ct_fork *f;

	if (!reserve(bpf_map_lookup_elem(&rings, &cpu), state, CT_FORK, now, f))
		return 0;
	fill_header(&f->h, now, child->pid, (u8)child->prio);
	if (child->flags & PF_KTHREAD)
		flags |= CT_T_KTHREAD;
	if (ct_control.self_pid && (u32)child->tgid == ct_control.self_pid)
		flags |= CT_T_RECORDER;
	f->flags = flags;
	f->pid = child->tgid;
	f->ns_tid = ns_tid_of(child);
	f->ns_pid = child->pid == child->tgid ? f->ns_tid
					      : ns_tid_of(BPF_CORE_READ(child, group_leader));
	f->parent_tid = parent->pid;
	f->parent_pid = parent->tgid;
	__builtin_memcpy(f->comm, child->comm, sizeof(f->comm));
	f->tls = thread_pointer(child);
	if (flags & CT_T_ROOT) { /* who forked it made it a child of conctrace, and ends */
		f->parent_tid = BPF_CORE_READ(child, real_parent, pid);
		f->parent_pid = BPF_CORE_READ(child, real_parent, tgid);
	}
	fill_how(f, parent);
	commit(&f->h, CT_FORK);
	if (flags & CT_T_TRACED) {
		inherit_affinity(parent, child);
		check_affinity(child, now);
	}
	return 0;
}

static __always_inline void read_exec_text(struct ct_exec *e, struct task_struct *task,
					   struct linux_binprm *bprm)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	u64 start, len;
	u32 file_len;
	long got;

	got = bpf_probe_read_kernel_str(e->text, FILE_MAX, BPF_CORE_READ(bprm, filename));
	file_len = got > 0 ? (u32)(got - 1) & (FILE_MAX - 1) : 0;
	e->file_len = (u16)file_len;
	e->args_len = 0;
	if (!mm)
		return;
	start = BPF_CORE_READ(mm, arg_start);
	len = BPF_CORE_READ(mm, arg_end) - start;
	if (len > ARGS_MAX - 1)
		len = ARGS_MAX - 1;
	len &= ARGS_MAX - 1;
	if (!bpf_probe_read_user(e->text + file_len, len, (void *)start))
		e->args_len = (u16)len;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	u64 now = bpf_ktime_get_ns();
	u32 cpu;
	struct ct_cpu *state = this_cpu(&cpu);
	struct ct_exec *e;

	if (!reserve(bpf_map_lookup_elem(&rings, &cpu), state, CT_EXEC, now, e))
		return 0;
	__builtin_memset(e, 0, sizeof(*e));
	fill_header(&e->h, now, task->pid, 0);
	e->flags = is_traced(task) ? CT_T_TRACED : 0;
	e->old_tid = old_pid;
	e->nvcsw = task->nvcsw;
	e->nivcsw = task->nivcsw;
	e->sum_exec = task->se.sum_exec_runtime;
	__builtin_memcpy(e->comm, task->comm, sizeof(e->comm));
	read_exec_text(e, task, bprm);
	commit(&e->h, CT_EXEC);
	return 0;
}

SEC("tp_btf/task_rename")
int BPF_PROG(on_rename, struct task_struct *task, const char *comm)
{
	u64 now = bpf_ktime_get_ns();
	u32 cpu;
	struct ct_cpu *state = this_cpu(&cpu);
	struct ct_rename *r;

	if (!reserve(bpf_map_lookup_elem(&rings, &cpu), state, CT_RENAME, now, r))
		return 0;
	fill_header(&r->h, now, task->pid, 0);
	__builtin_memset(r->comm, 0, sizeof(r->comm));
	bpf_probe_read_kernel_str(r->comm, sizeof(r->comm), comm);
	commit(&r->h, CT_RENAME);
	return 0;
}
