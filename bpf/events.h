/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The wire: records that the kernel side sends to user space, and that the trace file stores.
 *
 * One ring buffer per CPU, so a record does not carry its CPU. Timestamps are CLOCK_MONOTONIC
 * nanoseconds (bpf_ktime_get_ns). "tid" is a thread and "pid" a process, both as seen from the
 * initial pid namespace; ns_tid and ns_pid are the same in the task's own pid namespace.
 *
 * Values are append-only: they are written to trace files. Never renumber, never reuse.
 * This header is shared by BPF and user space: types and constants only.
 */
#ifndef CT_EVENTS_H
#define CT_EVENTS_H

#define CT_COMM_LEN    16
#define CT_EXEC_TEXT   384 /* bytes kept of file name and arguments together */
#define CT_FUTEX_WORDS 6
#define CT_STREAM_HOST 1024 /* the stream of records that belong to no CPU */
#define CT_WAIT_ARGS   4
#define CT_LOST_KINDS  32 /* losses are counted by enum ct_type; it stays below */

enum ct_type {
	CT_SWITCH = 1, /* struct ct_switch: one task leaves the CPU, another enters */
	CT_SWITCH_WAIT =
		2, /* struct ct_switch_wait: as above, a traced prev blocks in a system call */
	CT_SWITCH_FUTEX = 3, /* struct ct_switch_futex: as above, in futex() */
	CT_WAKING = 4,	     /* struct ct_waking: somebody starts to wake a task */
	CT_WAKING_FUTEX = 5, /* struct ct_waking_futex: as above, from inside futex() */
	CT_WAKEUP_NEW = 6,   /* struct ct_waking: a new task becomes runnable for the first time */
	CT_FORK = 7,	     /* struct ct_fork */
	CT_EXEC = 8,	     /* struct ct_exec */
	/* 9 is not used */
	CT_END = 10,	 /* struct ct_end: follows a task's final switch-out; the kernel's counts */
	CT_RENAME = 11,	 /* struct ct_rename */
	CT_LOST = 12,	 /* struct ct_lost: what could not be sent on this CPU from this point on */
	CT_TASK = 13,	 /* struct ct_task: a task that existed when recording began */
	CT_ARRIVED = 14, /* struct ct_arrived: a switch that the kernel did not report */
	CT_QUEUED = 15,	 /* struct ct_arrived: since when the next task was runnable */
	CT_TYPE_END	 /* one past the last; may grow */
};

/* ct_hdr.flags of CT_SWITCH* */
enum ct_switch_flag {
	CT_F_PREEMPT = 0x01,	 /* the scheduler's own preempt argument */
	CT_F_PREV_TRACED = 0x02, /* prev belongs to the workload */
	CT_F_IOWAIT = 0x04,	 /* prev->in_iowait; only read when a traced prev blocks */
	CT_F_YIELD = 0x08,	 /* traced prev is inside sched_yield() and stays runnable */
	CT_F_TIMEOUT = 0x10,	 /* CT_SWITCH_FUTEX: a timeout was given */
	CT_F_WORDS = 0x20,	 /* CT_SWITCH_FUTEX: words[] could be read */
	CT_F_COMPAT = 0x40,	 /* prev runs in 32-bit compatibility mode: nr is of that table */
};

/* ct_hdr.flags of CT_WAKING*, CT_WAKEUP_NEW: the context that the waking came from */
enum ct_waking_flag {
	CT_W_HARDIRQ = 0x01,
	CT_W_SOFTIRQ = 0x02, /* ct_hdr.aux holds the softirq vector */
	CT_W_WAKER_TRACED = 0x04,
	CT_W_TIMER = 0x10,  /* with CT_W_HARDIRQ: the CPU's timer interrupt */
	CT_W_COMPAT = 0x08, /* the waker runs in 32-bit compatibility mode */
};

/* ct_fork.flags, ct_task.flags, ct_exec.flags */
enum ct_task_flag {
	CT_T_TRACED = 0x01,
	CT_T_KTHREAD = 0x02,
	CT_T_ON_CPU = 0x04,   /* ct_task: was running on .cpu */
	CT_T_RUNNABLE = 0x08, /* ct_task: was on a run queue */
	CT_T_ROOT = 0x10,     /* the workload's first task: what the command line started */
	CT_T_RECORDER = 0x20, /* conctrace itself */
	CT_T_COMPAT = 0x40,   /* ct_task: nr and args are of the 32-bit table */
};

struct ct_hdr {
	unsigned long long ts; /* CLOCK_MONOTONIC, ns */
	unsigned char type;    /* enum ct_type */
	unsigned char flags;
	unsigned char aux;  /* switch: low 8 bits of prev->nvcsw; waking: softirq vector */
	unsigned char prio; /* switch: next->prio; waking, fork, task: the task's; else 0 */
	unsigned int tid;   /* whom it is about: switch: prev (0 = idle); waking: the wakee */
};

#define CT_FD_NONE 0xffff /* ct_switch_wait.fd_mode: args[0] is no open descriptor */
#define CT_NR_NONE (-1)	  /* no system call: page fault or other trap, or nothing known */

struct ct_switch {
	struct ct_hdr h;
	unsigned int next_tid;	 /* 0 = the idle task */
	unsigned int prev_state; /* the kernel's mask as the tracepoint has it, 0 = runnable */
};

struct ct_switch_wait {
	struct ct_switch s;
	unsigned long long args[CT_WAIT_ARGS];
	int nr;			/* system call, CT_NR_NONE */
	unsigned short fd_mode; /* S_IFMT bits of the file that descriptor args[0] would be */
	unsigned short reserved;
};

struct ct_switch_futex {
	struct ct_switch s;
	unsigned long long uaddr;
	unsigned int op;
	unsigned int val;
	unsigned int words[CT_FUTEX_WORDS]; /* user memory from uaddr on; see CT_F_WORDS */
};

struct ct_waking {
	struct ct_hdr h;
	unsigned int waker; /* tid of the task the CPU was running, 0 = idle */
	short nr;	    /* the waker's system call, CT_NR_NONE */
	unsigned short target_cpu;
};

struct ct_waking_futex {
	struct ct_waking w;
	unsigned long long uaddr;
	unsigned int op;
	unsigned int val;
};

struct ct_fork {
	struct ct_hdr h;
	unsigned int flags; /* enum ct_task_flag */
	unsigned int pid, ns_tid, ns_pid;
	unsigned int parent_tid, parent_pid;
	char comm[CT_COMM_LEN];
};

struct ct_exec {
	struct ct_hdr h;
	unsigned int flags;
	unsigned int old_tid;	 /* h.tid before it; differs if a non-leader thread execs */
	unsigned short file_len; /* bytes of text[] that are the file name, without a NUL */
	unsigned short args_len; /* bytes that follow: arguments, each ended by a NUL, maybe cut */
	unsigned long long nvcsw, nivcsw, sum_exec; /* of the task so far, as in struct ct_end */
	char comm[CT_COMM_LEN];
	char text[CT_EXEC_TEXT];
};

/* At a task's final switch-out: what the kernel itself counted. Times in ns. */
struct ct_end {
	struct ct_hdr h;
	int exit_code;
	unsigned int reserved;
	unsigned long long nvcsw, nivcsw;
	unsigned long long utime, stime, sum_exec;
};

struct ct_rename {
	struct ct_hdr h;
	char comm[CT_COMM_LEN];
};

/* h.ts = when the first record was lost; until = when sending worked again. */
struct ct_lost {
	struct ct_hdr h;
	unsigned long long until;
	unsigned int count[CT_LOST_KINDS]; /* by enum ct_type */
};

struct ct_task {
	struct ct_hdr h;
	unsigned int flags;
	unsigned int pid, ns_tid, ns_pid, ppid;
	unsigned int cpu;
	unsigned int state; /* task->__state */
	char comm[CT_COMM_LEN];
	unsigned long long start_ts; /* CLOCK_MONOTONIC */
	unsigned long long nvcsw, nivcsw, sum_exec;
	unsigned long long args[CT_WAIT_ARGS];
	int nr; /* the system call it was blocked in, CT_NR_NONE */
	unsigned int reserved;
};

/*
 * h.tid is about to leave a CPU that it was never seen to enter: the kernel reported no switch to
 * it. Some kernels keep the events of their hypervisor's agent to themselves.
 */
struct ct_arrived {
	struct ct_hdr h;
	/*
	 * By the scheduler's own account, 0 = unknown. CT_ARRIVED: when it entered the CPU.
	 * CT_QUEUED: h.tid, blocked before, is about to enter, and no waking was reported since
	 * it left: when it was put on the run queue.
	 */
	unsigned long long since;
};

/* Any record: what readers hand on. */
union ct_event {
	struct ct_hdr h;
	struct ct_switch sw;
	struct ct_switch_wait wait;
	struct ct_switch_futex futex;
	struct ct_waking waking;
	struct ct_waking_futex waking_futex;
	struct ct_fork fork;
	struct ct_exec exec;
	struct ct_end end;
	struct ct_rename rename;
	struct ct_lost lost;
	struct ct_task task;
	struct ct_arrived arrived;
};

#endif
