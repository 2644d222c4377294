// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What runs, asked by a clock: each traced task that is found on a CPU, and where it is. */
#include "bpf/stack.bpf.h"

/* include/uapi/linux/bpf_perf_event.h */
struct perf_sample {
	struct pt_regs regs;
};

/* Who has more to say of a sample that was just told: see python.bpf.c. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} ct_after_sample SEC(".maps");

SEC("perf_event")
int on_sample(struct perf_sample *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	bool kernel = !(ctx->regs.cs & 3);
	u64 now = bpf_ktime_get_ns();
	struct ct_regs from = {};
	struct ct_sample *s;
	struct ct_cpu *state;
	u64 id = 0;
	u32 cpu;

	if (!task->pid || !is_traced(task))
		return 0;
	if (kernel) {
		struct pt_regs *regs = syscall_of(task).regs;

		if (regs)
			from = (struct ct_regs){.ip = regs->ip,
						.sp = regs->sp,
						.bp = regs->bp,
						.bx = regs->bx,
						.r12 = regs->r12,
						.r13 = regs->r13,
						.r14 = regs->r14,
						.r15 = regs->r15};
	} else {
		from = (struct ct_regs){.ip = ctx->regs.ip,
					.sp = ctx->regs.sp,
					.bp = ctx->regs.bp,
					.bx = ctx->regs.bx,
					.r12 = ctx->regs.r12,
					.r13 = ctx->regs.r13,
					.r14 = ctx->regs.r14,
					.r15 = ctx->regs.r15};
	}
	if (from.sp)
		id = stack_of(&from, now, STACK_OF_SAMPLE);
	state = this_cpu(&cpu);
	s = reserve_side(bpf_map_lookup_elem(&rings, &cpu), state, CT_SAMPLE, sizeof(*s));
	if (!s)
		return 0;
	fill_header(&s->h, now, task->pid, 0);
	s->stack = id;
	s->ip = from.ip;
	s->kernel = kernel;
	s->reserved = 0;
	commit(&s->h, CT_SAMPLE);
	bpf_tail_call(ctx, &ct_after_sample, 0);
	return 0;
}
