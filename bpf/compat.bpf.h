/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel as the probes see it: only the types and fields that are used, relocated by BTF to
 * the running kernel (preserve_access_index), and what differs between kernels and machines.
 *
 * Needs Linux 5.18: sched_switch gives prev_state to BPF since then (fa2c3254d7cf).
 */
#ifndef CT_COMPAT_BPF_H
#define CT_COMPAT_BPF_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "bpf/events.h"

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;

/* include/linux/sched.h; the values are stable since 4.14 */
#define TASK_UNINTERRUPTIBLE 0x2
#define TASK_STATE_DEAD	     0x80
#define PF_IO_WORKER	     0x00000010
#define PF_USER_WORKER	     0x00004000 /* 6.4; before, unused or PF_NOFREEZE's neighbour: harmless */
#define PF_KTHREAD	     0x00200000
#define PF_NO_REGS	     (PF_IO_WORKER | PF_USER_WORKER | PF_KTHREAD)

#define FUTEX_PRIVATE 0x80 /* include/uapi/linux/futex.h */

/*
 * Pointers are followed with BPF_CORE_READ, not by walking BTF pointers: for each such load the
 * verifier of recent kernels searches all of the kernel's type names
 * (btf_nested_type_is_trusted()), which took 25 of 85 ms of start-up.
 */
#define CT_CORE __attribute__((preserve_access_index))

#include "bpf/arch.bpf.h"

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct super_block {
	u32 s_dev;
	unsigned long s_magic;
} CT_CORE;

struct inode {
	u16 i_mode;
	unsigned long i_ino;
	unsigned int i_nlink;
	struct super_block *i_sb;
	struct hlist_head i_dentry; /* its names: dentry.d_alias */
} CT_CORE;

/* Without relocation: this has come first since 2.4. */
struct address_space {
	struct inode *host;
};

/* Likewise: so since 4.18 (as struct page); only read where mm_filemap_fault is missing. */
struct folio {
	unsigned long flags, lru[2];
	struct address_space *mapping;
};

struct qstr {
	u32 hash, len;
	const unsigned char *name;
} CT_CORE;

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct hlist_node d_alias; /* since 7.0 or so */
} CT_CORE;

struct dentry___before_7 {
	union {
		struct hlist_node d_alias;
	} d_u;
} CT_CORE;

struct path {
	void *mnt;
	struct dentry *dentry;
} CT_CORE;

struct file {
	struct inode *f_inode;
	struct path f_path;
	void *private_data;
} CT_CORE;

/* Read as a whole: these two have come first since 2.6.14. */
struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
} CT_CORE;

struct mm_struct {
	unsigned long arg_start, arg_end;
	unsigned long start_code, end_code, start_stack;
	struct file *exe_file;
	struct {
	} mmap_lock;
} CT_CORE;

struct vm_area_struct {
	unsigned long vm_start, vm_pgoff, vm_flags;
	struct file *vm_file;
} CT_CORE;

struct in6_addr {
	u8 bytes[16];
};

struct sock_common {
	u32 skc_daddr, skc_rcv_saddr;
	u16 skc_dport, skc_num;
	u16 skc_family;
	u8 skc_state;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
} CT_CORE;

struct socket;

struct sock {
	struct sock_common __sk_common;
	u16 sk_type;
	struct socket *sk_socket;
} CT_CORE;

struct socket {
	struct sock *sk;
	struct file *file;
} CT_CORE;

struct unix_address {
	int len;
} CT_CORE;

struct unix_sock {
	struct unix_address *addr;
	struct sock *peer;
} CT_CORE;

struct block_device {
	u32 bd_dev;
} CT_CORE;

struct gendisk {
	int major, first_minor;
} CT_CORE;

struct request_queue {
	struct gendisk *disk;
} CT_CORE;

struct request {
	struct request_queue *q;
	u32 cmd_flags;
	u64 __sector;
	struct block_device *part; /* since 5.17; bd_dev was of rq_disk before */
} CT_CORE;

struct linux_binprm {
	const char *filename;
} CT_CORE;

struct upid {
	int nr;
	void *ns;
} CT_CORE;

struct pid {
	unsigned int level;
	struct upid numbers[1];
} CT_CORE;

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live;	      /* threads that have not begun to exit */
	unsigned long maxrss; /* pages; complete when live is 0 (kernel/exit.c) */
} CT_CORE;

struct rq {
	u64 clock;
} CT_CORE;

struct cfs_rq {
	struct rq *rq;	    /* with CONFIG_FAIR_GROUP_SCHED */
	int throttle_count; /* with CONFIG_CFS_BANDWIDTH: of it and the groups it is in */
} CT_CORE;

struct sched_entity {
	u64 sum_exec_runtime;
	unsigned char sched_delayed; /* since 6.12 */
	struct cfs_rq *cfs_rq;	     /* with CONFIG_FAIR_GROUP_SCHED */
} CT_CORE;

struct sched_info {
	u64 last_arrival, last_queued; /* with CONFIG_SCHED_INFO */
} CT_CORE;

struct thread_info {
	u32 cpu; /* in thread_info since 5.16 (bcf9033e5449) */
} CT_CORE;

struct task_struct {
	struct thread_info thread_info;
	unsigned int __state;
	unsigned int flags;
	unsigned int on_cpu, on_rq; /* u8 since 7.2: unsigned, so that the access is resized */
	int prio;
	int nr_cpus_allowed;
	struct {
		unsigned long bits[1]; /* more, on kernels for more CPUs */
	} cpus_mask;	/* its own: cpus_ptr leads elsewhere while migration is disabled */
	bool throttled; /* with CONFIG_CFS_BANDWIDTH since 6.18 */
	int pid, tgid;
	int exit_code;
	unsigned int in_iowait : 1;
	struct sched_entity se;
	struct sched_info sched_info;
	struct mm_struct *mm;
	struct task_struct *real_parent, *group_leader;
	struct pid *thread_pid;
	struct signal_struct *signal;
	struct files_struct *files;
	u64 utime, stime;
	unsigned long nvcsw, nivcsw;
	unsigned long min_flt, maj_flt;
	u64 start_time;
	char comm[16];
	struct thread_struct thread;
} CT_CORE;

static __always_inline u64 thread_pointer(struct task_struct *task)
{
	return BPF_CORE_READ(task, ARCH_THREAD_FIELD);
}

/*
 * Before 6.15 the tracepoint says "blocked" also of a task that a pending signal kept on the run
 * queue (__schedule()). Since 6.12 one that does block may stay queued for a while, marked delayed.
 */
static __always_inline bool still_runnable(struct task_struct *task)
{
	if (!task->on_rq)
		return false;
	return !bpf_core_field_exists(task->se.sched_delayed) || !task->se.sched_delayed;
}

/*
 * Whether a runnable task that leaves its CPU does so because its cgroup has no CPU time left in
 * this period. Since 6.18 the kernel stops each task when it is about to go back to user space;
 * before, it stopped whole run queues, and so tasks that were queued there as well, which is not
 * seen here.
 */
static __always_inline bool is_throttled(struct task_struct *task)
{
	if (bpf_core_field_exists(task->throttled))
		return task->throttled;
	if (!bpf_core_field_exists(task->se.cfs_rq) ||
	    !bpf_core_field_exists(task->se.cfs_rq->throttle_count))
		return false;
	return BPF_CORE_READ(task, se.cfs_rq, throttle_count) > 0;
}

/*
 * A time of the scheduler's own account of a task on this CPU (struct sched_info, in the run
 * queue's clock) in our clock: now, less what has passed since. 0 = unknown.
 */
static __always_inline u64 our_time(struct task_struct *task, u64 then, u64 now)
{
	u64 clock;

	if (!then || !bpf_core_field_exists(task->se.cfs_rq))
		return 0;
	clock = BPF_CORE_READ(task, se.cfs_rq, rq, clock);
	return then <= clock && clock - then < now ? now - (clock - then) : 0;
}

/* When the task, about to leave its CPU, has entered it. */
static __always_inline u64 arrival_of(struct task_struct *task, u64 now)
{
	if (!BPF_CORE_READ(task, pid) || !bpf_core_field_exists(task->sched_info.last_arrival))
		return 0;
	return our_time(task, BPF_CORE_READ(task, sched_info.last_arrival), now);
}

/* When the task, about to enter its CPU, was put on the run queue. */
static __always_inline u64 queued_of(struct task_struct *task, u64 now)
{
	if (!bpf_core_field_exists(task->sched_info.last_queued))
		return 0;
	return our_time(task, BPF_CORE_READ(task, sched_info.last_queued), now);
}

struct seq_file;

/*
 * From here on layouts that are fixed by ABI, so without relocation: each relocated type costs a
 * search through all of the kernel's type names at every start.
 */
struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

/* The system call a task is in, and whether the number is of the 32-bit table. */
struct syscall {
	long nr;
	bool compat;
	struct pt_regs *regs; /* NULL: the task has none worth reading */
};

static __always_inline struct syscall syscall_of(struct task_struct *task)
{
	struct syscall call = {.nr = -1};

	/* Kernel threads and their kin keep stale registers. */
	if (task->flags & PF_NO_REGS)
		return call;
	call.regs = (struct pt_regs *)bpf_task_pt_regs(task);
	if (!call.regs)
		return call;
	call.nr = REG_NR(call.regs);
	call.compat = REG_COMPAT(call.regs);
	if (call.nr < 0 || call.nr > 0x7fff)
		call.nr = -1;
	return call;
}

#endif
