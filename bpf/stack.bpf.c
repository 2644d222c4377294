// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "bpf/stack.bpf.h"

#define GROUP 8 /* words hashed in one round; a rest at the end is not looked at */

struct hashing {
	u64 *copy;
	u64 text, text_len; /* the program's own code */
	u64 near, near_len; /* code of libraries; none if the program waits in its own */
	u64 h;
};

/*
 * True if the code before the address is a call, so that it may be a return address. Many words
 * point near code: to heap, stacks and data; they differ from wait to wait. Global functions are
 * verified once.
 */
__noinline int follows_call(u64 address)
{
	u8 b[CALL_BYTES];

	if (bpf_probe_read_user(b, sizeof(b), (void *)(address - sizeof(b))))
		return 0;
	return ends_with_call(b);
}

/* Words that may be code; a round of many, because calling back costs more than a word. */
static long hash_group(u32 i, struct hashing *s)
{
	u64 *word = s->copy + (i & (STACK_WINDOW / 8 / GROUP - 1)) * GROUP;
	u64 h = s->h;
	int k;

#pragma unroll
	for (k = 0; k < GROUP; k++) {
		u64 at = CODE_ADDRESS(word[k]);

		if ((at - s->text < s->text_len || at - s->near < s->near_len) && follows_call(at))
			h = mix(h, at);
	}
	s->h = h;
	return 0;
}

/* As many bytes from sp on as there are, up to `most`; 0 if none can be read. */
static __always_inline u64 read_stack(u64 *to, u64 sp, u64 most)
{
	u64 len = (PAGE - (sp & (PAGE - 1))) + PAGE;
	int i;

	for (i = 0; i < 3; i++) {
		u64 take = i == 0 ? most : len;

		if (take <= most && take <= CT_STACK_MOST &&
		    !bpf_probe_read_user(to, (u32)take, (void *)sp))
			return take;
		if (i)
			len -= PAGE;
	}
	return 0;
}

static __always_inline bool take_token(struct ct_cpu *state, u64 now)
{
	if (now - state->stack_refill > TOKENS_EVERY_NS) {
		state->stack_refill = now;
		state->stack_tokens = TOKENS;
	}
	if (!state->stack_tokens)
		return false;
	state->stack_tokens--;
	return true;
}

/* Looks at task and CPU anew: what is kept over a call needs room on a stack that is short of it.
 */
static __always_inline bool send_stack(void *ring, const arch_regs *regs, u64 id, u64 now,
				       u64 *copy)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u32 cpu;
	struct ct_cpu *state = this_cpu(&cpu);
	arch_stack *s;
	u64 len;

	if (!take_token(state, now))
		return false;
	len = read_stack(copy, regs->sp, ct_control.stack_bytes & ~7ULL);
	if (!len || len > CT_STACK_MOST)
		return false;
	s = reserve_side(ring, state, ARCH_STACK, (offsetof(arch_stack, bytes) + len + 7) & ~7);
	if (!s)
		return false;
	fill_header(&s->h, now, task->pid, 0);
	s->id = id;
	s->regs = *regs;
	s->tls = thread_pointer(task);
	s->pid = task->tgid;
	s->len = (u32)len;
	bpf_probe_read_kernel(s->bytes, (u32)len, copy);
	commit(&s->h, ARCH_STACK);
	return true;
}

__noinline u64 stack_of(const arch_regs *regs, u64 now, u32 use)
{
	struct mm_struct *mm = BPF_CORE_READ(bpf_get_current_task_btf(), mm);
	u32 cpu = bpf_get_smp_processor_id();
	void *ring = bpf_map_lookup_elem(&rings, &cpu);
	struct hashing hashing = {};
	u64 id, len, salt;
	u64 *copy;

	if (!regs || !ring || !mm || !ct_control.stack_bytes)
		return 0;
	copy = scratch_of(ring)->stack[use & 1];
	len = read_stack(copy, regs->sp, STACK_WINDOW);
	if (!len)
		return 0;
	hashing.copy = copy;
	hashing.text = BPF_CORE_READ(mm, start_code);
	hashing.text_len = BPF_CORE_READ(mm, end_code) - hashing.text;
	if (regs->ip - hashing.text >= hashing.text_len) {
		hashing.near = regs->ip > TEXT_NEAR + PAGE ? regs->ip - TEXT_NEAR : PAGE;
		hashing.near_len = 2 * TEXT_NEAR;
	}
	bpf_loop((u32)(len / 8 / GROUP), hash_group, &hashing, 0);
	/* Tells programs apart that lie at the same addresses; copies by fork share stacks. */
	salt = mix(BPF_CORE_READ(mm, start_stack) ^ hashing.text,
		   BPF_CORE_READ(mm, exe_file, f_inode, i_ino) + use);
	id = mix(mix(hashing.h, salt), use == STACK_OF_TASK ? regs->ip : regs->ip >> SAMPLE_SHIFT);
	if (!id)
		id = 1;
	if (!seen(id) && !send_stack(ring, regs, id, now, copy)) {
		unsee(id);
		return 0;
	}
	return id;
}
