// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What runs, asked by a clock: each traced task that is found on a CPU, and where it is. */
#include "bpf/file.bpf.h"
#include "bpf/stack.bpf.h"

/* include/uapi/linux/bpf_perf_event.h; arm64: only what user space sees of them */
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

/* Of those calls that say how much: in all of them that is the third argument. */
static __always_inline bool is_copying(const struct syscall *call)
{
	if (call->compat || !call->regs || REG_ARG2(call->regs) < CT_COPY_BYTES)
		return false;
	if (call->nr != NR_READ && call->nr != NR_WRITE && call->nr != NR_RECVFROM &&
	    call->nr != NR_SENDTO)
		return false;
	return is_pipe(REG_ARG0(call->regs));
}

SEC("perf_event")
int on_sample(struct perf_sample *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u32 kernel = SAMPLE_KERNEL(&ctx->regs) ? CT_S_KERNEL : 0;
	u64 now = bpf_ktime_get_ns();
	arch_regs from = {};
	struct ct_sample *s;
	struct ct_cpu *state;
	u64 id = 0;
	u32 cpu;

	if (!task->pid || !is_traced(task))
		return 0;
	if (kernel) {
		struct syscall call = syscall_of(task);
		struct pt_regs *regs = call.regs;

		if (is_copying(&call))
			kernel |= CT_S_COPY;
		if (regs)
			from = regs_of(regs);
	} else {
		from = regs_of(&ctx->regs);
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
