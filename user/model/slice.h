/* SPDX-License-Identifier: GPL-2.0-only */
/* What the model gives out as time goes by: slices, wakings. Types only. */
#ifndef MODEL_SLICE_H
#define MODEL_SLICE_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/events.h"
#include "model/cause.h"
#include "model/entity.h"

/*
 * A waking may come before the switch-out that it undoes, when the task was already leaving: 9 % of
 * blocks of a ping-pong across CPUs, at most 18 us before. One that is older than this belongs to
 * an earlier sleep that came to nothing.
 */
#define MODEL_EARLY_WAKING_NS 1000000u

/* How sure it is who held a lock. */
enum confidence {
	CONFIDENCE_NONE,   /* nobody knows */
	CONFIDENCE_LOW,	   /* inferred from who came next */
	CONFIDENCE_MEDIUM, /* it released the lock, or was given it */
	CONFIDENCE_HIGH,   /* the lock's own owner field, read while the other waited */
};

enum task_state { TASK_RUNNING, TASK_RUNNABLE, TASK_BLOCKED, TASK_UNKNOWN };

/* What a blocked task waits for, as the system call and the futex signature tell. */
struct wait {
	enum cause cause;
	const struct sync_object *object; /* NULL = none */
	int nr;				  /* system call, CT_NR_NONE */
	uint64_t args[CT_WAIT_ARGS];	  /* futex: uaddr, op, val, 0 */
	bool iowait;
	uint64_t stack;		      /* where it waits; 0 = not taken. See model__stack() */
	const char *in_task;	      /* of asyncio: see python__task_now() */
	const struct file_info *file; /* what it waits for, or in; NULL = none, not known */
	uint64_t detail;	      /* ct_switch_wait.detail, unless it is about a kernel lock */
	/* Who held the object when the wait began; NULL = not known. */
	const struct model_task *holder;
	enum confidence confidence;
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
	bool throttled;		 /* runnable: its cgroup's CPU quota is used up */
	uint32_t allowed;	 /* runnable: id of the CPUs it may run on, see model__allowed() */
	/* blocked: how it ended. runnable after a wake: what woke it. */
	enum wake_source woken_by;
	const struct model_task *waker;
	uint64_t waker_stack;		    /* where the waker was; 0 = not taken */
	const struct file_info *waker_file; /* through which it woke; NULL = none, not known */
};

/*
 * Somebody held an object while others waited for it. Per object in time order, without overlap
 * (readers of a rwlock excepted: told as one slice without a holder). Given when it ends.
 */
struct hold_slice {
	const struct sync_object *object;
	const struct model_task *holder; /* NULL = not known */
	uint64_t start_ns, end_ns;
	enum confidence confidence;
	uint32_t waiters;	/* the most at once */
	uint64_t release_stack; /* where it was released; 0 = not known */
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
	const struct model_task *waker;	    /* what that CPU was running; NULL = idle or unknown */
	bool hardirq, softirq;		    /* then the waker is not who woke */
	bool new_task;			    /* first waking after fork */
	uint8_t prio;			    /* the wakee's */
	uint64_t waker_stack;		    /* 0 = not taken */
	const struct file_info *waker_file; /* NULL = none, not known */
};

#endif
