// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The tasks that exist already. Read by conctrace itself, so the current task is conctrace; its
 * pid namespace is the one that attach_pid counts in.
 */
#include "bpf/affinity.bpf.h"

/* The task's process id in the pid namespace of the current task, 0 if it is not in it. */
static __always_inline u32 pid_as_we_see(struct task_struct *task, struct task_struct *self)
{
	struct pid *ours = BPF_CORE_READ(self, thread_pid);
	struct pid *theirs = BPF_CORE_READ(task, group_leader, thread_pid);
	struct upid a, b;
	u32 level;

	if (!ours || !theirs)
		return 0;
	level = BPF_CORE_READ(ours, level);
	if (BPF_CORE_READ(theirs, level) < level)
		return 0;
	if (bpf_core_read(&a, sizeof(a), &ours->numbers[level]) ||
	    bpf_core_read(&b, sizeof(b), &theirs->numbers[level]))
		return 0;
	return a.ns == b.ns ? b.nr : 0;
}

static __always_inline void attach(struct task_struct *task, struct task_struct *self)
{
	if (!ct_control.attach_pid || pid_as_we_see(task, self) != ct_control.attach_pid)
		return;
	if (tid_is_traced(task->pid))
		return;
	tid_trace(task->pid);
	__sync_fetch_and_add(&ct_control.live, 1);
	ct_control.attached++;
}

static __always_inline void fill_wait(struct ct_task *t, struct task_struct *task)
{
	struct syscall call;

	t->nr = CT_NR_NONE;
	if (!(t->flags & CT_T_TRACED) || (t->flags & (CT_T_ON_CPU | CT_T_RUNNABLE)))
		return;
	call = syscall_of(task);
	if (call.nr < 0 || !call.regs)
		return;
	t->nr = (s32)call.nr;
	if (call.compat)
		t->flags |= CT_T_COMPAT;
	t->args[0] = REG_ARG0(call.regs);
	t->args[1] = REG_ARG1(call.regs);
	t->args[2] = REG_ARG2(call.regs);
	t->args[3] = REG_ARG3(call.regs);
}

static arch_stack ct_snapshot_stack; /* one iteration at a time */

/* Its stack, and how the futex word looks that it waits at: another task's memory. */
static __always_inline u64 send_stack(struct bpf_iter__task *ctx, struct task_struct *task,
				      const struct pt_regs *regs, u64 now)
{
	arch_stack *s = &ct_snapshot_stack;
	u64 len = (4096 - (regs->sp & 4095)) + 4096;

	if (len > (ct_control.stack_bytes & ~7U))
		len = ct_control.stack_bytes & ~7U;
	if (!len || len > CT_STACK_MOST)
		return 0;
	if (bpf_copy_from_user_task(s->bytes, (u32)len, (void *)regs->sp, task, 0)) {
		len = 4096 - (regs->sp & 4095); /* up to the end of its page */
		if (!len || len > ct_control.stack_bytes || len > CT_STACK_MOST ||
		    bpf_copy_from_user_task(s->bytes, (u32)len, (void *)regs->sp, task, 0))
			return 0;
	}
	fill_header(&s->h, now, task->pid, 0);
	s->h.type = ARCH_STACK;
	s->id = mix(mix(regs->sp, REG_IP(regs)), task->pid) | 1;
	s->regs = regs_of(regs);
	s->tls = thread_pointer(task);
	s->pid = task->tgid;
	s->len = (u32)len;
	len += offsetof(arch_stack, bytes);
	if (len > sizeof(*s) || bpf_seq_write(ctx->meta->seq, s, (u32)len))
		return 0;
	return s->id;
}

static __always_inline void read_futex(struct ct_blocked *b, struct task_struct *task,
				       const struct pt_regs *regs)
{
	struct {
		u32 before[CT_FUTEX_BEFORE], words[CT_FUTEX_WORDS];
	} user = {};

	b->uaddr = REG_ARG0(regs);
	b->op = (u32)REG_ARG1(regs);
	b->val = (u32)REG_ARG2(regs);
	if (REG_ARG3(regs))
		b->h.flags |= CT_F_TIMEOUT;
	if (bpf_copy_from_user_task(&user, sizeof(user),
				    (void *)(REG_ARG0(regs) - sizeof(user.before)), task, 0))
		return;
	b->h.flags |= CT_F_WORDS | CT_F_BEFORE;
	__builtin_memcpy(b->words, user.words, sizeof(b->words));
	__builtin_memcpy(b->before, user.before, sizeof(b->before));
}

/* Where it may run, if that is not everywhere. */
static __always_inline void write_affinity(struct bpf_iter__task *ctx, struct task_struct *task,
					   u64 now)
{
	struct ct_restricted *slot = restricted_slot(task->pid);
	struct ct_affinity a = {};

	fill_header(&a.h, now, task->pid, 0);
	a.h.type = CT_AFFINITY;
	slot->hash = read_mask(a.mask, task);
	slot->tid = task->pid;
	a.ncpus = ct_cpu_words * 64;
	ct_control.restricted = 1;
	bpf_seq_write(ctx->meta->seq, &a, sizeof(a));
}

SEC("iter/task")
int snapshot(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task, *self = bpf_get_current_task_btf();
	struct ct_task t = {};

	ct_control.self_pid = self->tgid;
	if (!task)
		return 0;
	attach(task, self);
	fill_header(&t.h, bpf_ktime_get_ns(), task->pid, (u8)task->prio);
	t.flags = (is_traced(task) ? CT_T_TRACED : 0) |
		  (task->flags & PF_KTHREAD ? CT_T_KTHREAD : 0) |
		  (task->tgid == self->tgid ? CT_T_RECORDER : 0) |
		  (task->on_cpu ? CT_T_ON_CPU : 0) |
		  (task->on_rq && !task->__state ? CT_T_RUNNABLE : 0);
	t.pid = task->tgid;
	t.ppid = BPF_CORE_READ(task, real_parent, tgid);
	t.ns_tid = ns_tid_of(task);
	t.ns_pid =
		task->pid == task->tgid ? t.ns_tid : ns_tid_of(BPF_CORE_READ(task, group_leader));
	t.cpu = task->thread_info.cpu;
	t.state = task->__state;
	t.start_ts = task->start_time;
	t.nvcsw = task->nvcsw;
	t.nivcsw = task->nivcsw;
	t.sum_exec = task->se.sum_exec_runtime;
	__builtin_memcpy(t.comm, task->comm, sizeof(t.comm));
	fill_wait(&t, task);
	t.h.type = CT_TASK;
	bpf_seq_write(ctx->meta->seq, &t, sizeof(t));
	if ((t.flags & CT_T_TRACED) && is_restricted(task))
		write_affinity(ctx, task, t.h.ts);
	return 0;
}

/*
 * What traced tasks are blocked in. Sleepable, to read the memory of other tasks: since 5.18, but
 * verified only by later kernels (seen on 6.12, not on 6.1): recording can do without it.
 */
SEC("iter.s/task")
int describe(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct ct_blocked b = {};
	struct syscall call;

	if (!task || !is_traced(task) || task->on_cpu || !task->__state)
		return 0;
	call = syscall_of(task);
	if (!call.regs || call.compat)
		return 0;
	fill_header(&b.h, bpf_ktime_get_ns(), task->pid, 0);
	b.h.type = CT_BLOCKED;
	if (ct_control.stack_bytes)
		b.stack = send_stack(ctx, task, call.regs, b.h.ts);
	if (call.nr == NR_FUTEX)
		read_futex(&b, task, call.regs);
	bpf_seq_write(ctx->meta->seq, &b, sizeof(b));
	return 0;
}
