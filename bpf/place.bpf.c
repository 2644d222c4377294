// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "bpf/place.bpf.h"

#include "bpf/file.bpf.h"
#include "bpf/stack.bpf.h"

static __always_inline u32 trust_of(const struct ct_site *site, u64 key, u64 stack, u64 file)
{
	/* A stack that could not be sent is no other stack. */
	if (site->key != key || !site->stack || !stack)
		return CT_TRUST_FIRST;
	if (site->stack != stack || site->file != file)
		return 0;
	return site->trust < CT_TRUST_MOST ? site->trust * 2 : site->trust;
}

/* The registers go through memory of the CPU's: the stack is short. */
static __always_inline u64 stack_here(const struct pt_regs *regs, u64 now)
{
	u32 cpu = bpf_get_smp_processor_id();
	void *ring = bpf_map_lookup_elem(&rings, &cpu);
	arch_regs *from;

	if (!ring)
		return 0;
	from = (arch_regs *)&scratch_of(ring)->regs;
	copy_regs(from, regs);
	return stack_of(from, now, STACK_OF_TASK);
}

static __always_inline void remember(u64 key, u64 now, u64 stack, u64 file, u32 mode)
{
	u32 cpu = bpf_get_smp_processor_id();
	void *ring = bpf_map_lookup_elem(&rings, &cpu);
	struct ct_site *site;

	if (!ring)
		return;
	site = site_at(ring, key);
	site->trust = trust_of(site, key, stack, file);
	site->until = now + site->trust;
	site->key = key;
	site->stack = stack;
	site->file = file;
	site->fd_mode = mode;
}

__noinline int look_at_wait(u64 key, u64 now, u32 with_file)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	u64 stack = stack_here(regs, now), file = 0;
	u32 mode = CT_FD_NONE;

	if (with_file)
		file = file_of(REG_ARG0(regs), now, &mode);
	remember(key, now, stack, file, mode);
	return 0;
}

__noinline int look_at_waker(u64 key, u64 now)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());

	remember(key, now, stack_here(regs, now), 0, CT_FD_NONE);
	return 0;
}
