// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Page faults of mapped files that are not in memory. Only noted here: the switch that follows
 * tells of it. Plain raw tracepoints: what a kernel does not have fails to attach, not to load.
 */
#include "bpf/fault.bpf.h"

#include "bpf/file.bpf.h"

static struct ct_fault ct_faults[CT_FAULTS];

static __always_inline struct ct_fault *slot_of(u32 tid)
{
	return &ct_faults[tid & (CT_FAULTS - 1)];
}

/* It stays the same until a fault is over (mm_account_fault() in mm/memory.c). */
static __always_inline u64 faults_done(struct task_struct *task)
{
	return task->min_flt + task->maj_flt;
}

/*
 * What an earlier fault left behind does not count: one that succeeded was counted, and one that
 * failed went on elsewhere, or is tried again and then noted again.
 */
__noinline u64 file_of_fault(u64 now)
{
	struct task_struct *task = bpf_get_current_task_btf();
	const struct ct_fault *f = slot_of(task->pid);
	struct address_space *mapping = (struct address_space *)f->mapping;
	const struct pt_regs *regs;
	struct inode *inode;

	if (f->tid != (u32)task->pid)
		return 0;
	regs = syscall_of(task).regs;
	if (!regs || f->ip != REG_IP(regs) || f->done != faults_done(task))
		return 0;
	if (bpf_probe_read_kernel(&inode, sizeof(inode), &mapping->host))
		return 0;
	return file_of_inode((u64)inode, now);
}

static __always_inline void note(struct task_struct *task, const struct pt_regs *regs,
				 struct address_space *mapping)
{
	struct ct_fault *f = slot_of(task->pid);

	if (!regs)
		return;
	f->tid = 0;
	f->mapping = (u64)mapping;
	f->done = faults_done(task);
	f->ip = REG_IP(regs);
	f->tid = task->pid;
}

/* mm_filemap_fault(mapping, index), in newer kernels: the page could not simply be mapped. */
SEC("raw_tp")
int on_file_fault(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (is_traced(task))
		note(task, syscall_of(task).regs, (struct address_space *)ctx->args[0]);
	return 0;
}

/*
 * mm_filemap_add_to_page_cache(folio), where there is no better: a page is about to be read. Not
 * inside a system call, which may read or write a file.
 */
SEC("raw_tp")
int on_page_read(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct folio *folio = (struct folio *)ctx->args[0];
	struct address_space *mapping;
	struct syscall call;

	if (!is_traced(task))
		return 0;
	call = syscall_of(task);
	if (call.nr < 0 && !bpf_probe_read_kernel(&mapping, sizeof(mapping), &folio->mapping))
		note(task, call.regs, mapping);
	return 0;
}
