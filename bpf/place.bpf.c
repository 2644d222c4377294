// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "bpf/place.bpf.h"

#include "bpf/file.bpf.h"
#include "bpf/stack.bpf.h"

static __always_inline u32 trust_of(const struct ct_site *site, u64 key, u64 stack)
{
	if (site->key != key)
		return CT_TRUST_FIRST;
	if (site->stack != stack)
		return 0;
	return site->trust < CT_TRUST_MOST ? site->trust * 2 : site->trust;
}

/* Looks at the stack; `site` gets all but the file. */
static __always_inline struct ct_site *look(u64 key, u64 now)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	u32 cpu = bpf_get_smp_processor_id();
	void *ring = bpf_map_lookup_elem(&rings, &cpu);
	struct ct_site *site;
	struct ct_regs from = {
		.ip = regs->ip,
		.sp = regs->sp,
		.bp = regs->bp,
		.bx = regs->bx,
		.r12 = regs->r12,
		.r13 = regs->r13,
		.r14 = regs->r14,
		.r15 = regs->r15,
	};
	u64 stack;

	if (!ring)
		return NULL;
	site = &scratch_of(ring)->sites[key & (CT_SITES - 1)];
	stack = stack_of(&from, now, STACK_OF_TASK);
	site->trust = trust_of(site, key, stack);
	site->until = now + site->trust;
	site->key = key;
	site->stack = stack;
	return site;
}

__noinline int look_at_wait(u64 key, u64 now, u32 with_file)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	struct ct_site *site = look(key, now);
	u32 mode = CT_FD_NONE;
	u64 file = 0;

	if (!site)
		return 0;
	if (with_file)
		file = file_of(regs->di, now, &mode);
	site->file = file;
	site->fd_mode = mode;
	return 0;
}

__noinline int look_at_waker(u64 key, u64 now)
{
	struct ct_site *site = look(key, now);

	if (!site)
		return 0;
	site->file = 0;
	site->fd_mode = CT_FD_NONE;
	return 0;
}
