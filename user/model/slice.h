/* SPDX-License-Identifier: GPL-2.0-only */
/* What the model gives out: tasks, sync objects, slices, wakings. Types only. */
#ifndef MODEL_SLICE_H
#define MODEL_SLICE_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/events.h"
#include "model/cause.h"

/*
 * A waking may come before the switch-out that it undoes, when the task was already leaving: 9 % of
 * blocks of a ping-pong across CPUs, at most 18 us before. One that is older than this belongs to
 * an earlier sleep that came to nothing.
 */
#define MODEL_EARLY_WAKING_NS 1000000u

enum task_state { TASK_RUNNING, TASK_RUNNABLE, TASK_BLOCKED, TASK_UNKNOWN };

struct task_name {
	char comm[CT_COMM_LEN + 1];
	struct task_name *next; /* an earlier name */
};

struct model_task {
	uint32_t id; /* dense, unique: tids may be used again */
	uint32_t tid, pid, ppid;
	uint32_t ns_tid, ns_pid; /* in the task's own pid namespace; 0 = unknown */
	uint32_t parent_tid;
	char comm[CT_COMM_LEN + 1];    /* the last one */
	const struct task_name *names; /* earlier ones, newest first; NULL = none */
	bool traced, kthread, root, recorder;
	bool known;   /* identity was recorded; else tid is all there is */
	bool started; /* began inside the window; else it existed before */
	bool ended;
	uint64_t start_ns, end_ns; /* within the window; end_ns is final after model__finish */
	int exit_code;		   /* as wait() encodes it; valid once ended */
	/* Since start_ns, as the kernel's nvcsw and nivcsw count them; yields are involuntary. */
	uint64_t voluntary, involuntary, yields;
	uint64_t migrations;
	/* What the kernel itself counted for the whole life; valid if has_kernel_counts. */
	bool has_kernel_counts;
	uint64_t kernel_nvcsw, kernel_nivcsw, kernel_utime, kernel_stime, kernel_sum_exec;
	const char
		*exec_file; /* of the last exec; inherited by threads and forks; NULL = unknown */
	const char *args;   /* NUL-separated, args_len bytes; NULL = unknown */
	uint32_t args_len;
};

struct sync_object {
	uint32_t id; /* dense */
	enum cause kind;
	uint32_t pid; /* whose address it is */
	uint64_t address;
	bool shared; /* between processes */
};

/* What a blocked task waits for, as the system call and the futex signature tell. */
struct wait {
	enum cause cause;
	const struct sync_object *object; /* NULL = none */
	int nr;				  /* system call, CT_NR_NONE */
	uint64_t args[CT_WAIT_ARGS];	  /* futex: uaddr, op, val, 0 */
	bool iowait;
};

enum wake_source {
	WAKE_UNKNOWN, /* not seen */
	WAKE_TASK,    /* by `waker` */
	WAKE_TIMER,
	WAKE_NETWORK,
	WAKE_DISK,
	WAKE_IRQ, /* by an interrupt; waker is NULL */
};

struct task_slice {
	const struct model_task *task;
	uint64_t start_ns, end_ns; /* start < end */
	enum task_state state;
	uint32_t cpu;		 /* running: where; else where it ran last (UINT32_MAX unknown) */
	const struct wait *wait; /* blocked: never NULL; else NULL */
	bool preempted;		 /* runnable: because it was preempted or yielded, not woken */
	/* blocked: how it ended. runnable after a wake: what woke it. */
	enum wake_source woken_by;
	const struct model_task *waker;
};

enum cpu_use { CPU_WORKLOAD, CPU_OTHER, CPU_IDLE, CPU_UNKNOWN };

struct cpu_slice {
	uint32_t cpu;
	uint64_t start_ns, end_ns; /* start < end */
	enum cpu_use use;
	const struct model_task *task; /* NULL if idle or unknown */
	uint8_t prio;		       /* the kernel's task->prio, 0..140 */
	/* How it ended; only if `switched`, else the window or a loss cut it. */
	bool switched;
	uint32_t prev_state; /* the kernel's mask, 0 = runnable */
	bool preempt;
};

struct model_waking {
	uint64_t ns;
	uint32_t cpu; /* where the waking happened */
	uint32_t target_cpu;
	const struct model_task *wakee;
	const struct model_task *waker; /* what that CPU was running; NULL = idle or unknown */
	bool hardirq, softirq;		/* then the waker is not who woke */
	bool new_task;			/* first waking after fork */
	uint8_t prio;			/* the wakee's */
};

#endif
