/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory shared between the probes and user space (mapped, not sent): settings, the set of traced
 * tids, each CPU's state and loss counts. Types and constants only.
 */
#ifndef CT_CONTROL_H
#define CT_CONTROL_H

#include "bpf/events.h"

#define CT_MAX_CPUS  1024
#define CT_TID_WORDS 65536 /* 64 tids each: 4,194,304, the kernel's PID_MAX_LIMIT */

/* Who is blocked and has no waking reported yet: slot tid % CT_ASLEEP holds the tid, last wins. */
#define CT_ASLEEP 32768

/* What was sent of tasks that may not run on all CPUs: slot tid % CT_RESTRICTED, last wins. */
#define CT_RESTRICTED 32768

struct ct_restricted {
	unsigned int tid;
	unsigned int hash; /* of the CPUs */
};

/*
 * A CPU's ring of records: struct ct_ring, then the bytes, then CT_RING_SLACK more, so that a
 * record that begins before the end need not wrap. Positions only grow. A record is there once
 * its ct_hdr.type is not 0; the reader zeroes what it has taken, then moves the tail.
 */
#define CT_RING_SLACK 8448 /* the largest record, CT_STACK, fits */

struct ct_ring {
	unsigned long long head; /* next position to write */
	unsigned char pad0[56];
	unsigned long long tail; /* next position to read */
	unsigned char pad1[56];
};

/*
 * Where a task waited or woke lately, by hash of task, user ip and sp and first argument: what was
 * found there is believed for a while, so that a storm of waits at one place reads its stack and
 * file now and then, not each time. How long doubles each time that nothing has changed; once
 * two stacks or files were seen under one key it is looked at always. Slots are overwritten freely.
 */
#define CT_SITES       2048  /* per CPU */
#define CT_TRUST_FIRST 20000 /* ns */
#define CT_TRUST_MOST  1500000

struct ct_site {
	unsigned long long key;
	unsigned long long stack, file;
	unsigned long long until; /* CLOCK_MONOTONIC ns */
	unsigned int trust;	  /* ns; 0 = look always */
	unsigned int fd_mode;
};

/*
 * A CPU's own memory, after its ring's slack: room for copies of a stack, one for tasks and one for
 * the sampling interrupt; and the places of late.
 */
struct ct_scratch {
	unsigned long long stack[2][CT_STACK_MOST / 8];
	union { /* where the task's stack begins */
		struct ct_regs regs;
		struct ct_regs_arm64 arm64;
	};
	struct ct_site sites[CT_SITES];
};

/* Ids that were sent, by hash; what is pushed out is sent again. */
#define CT_SEEN	     16384
#define CT_SEEN_WAYS 4

/* The kernel lock that a task contends for: slot tid % CT_KLOCKS, last wins. */
#define CT_KLOCKS 2048

struct ct_klock {
	unsigned long long lock; /* the kernel's address */
	unsigned int tid;
	unsigned int flags; /* the tracepoint's LCB_F_* */
};

/* The file whose memory a task is in a page fault of: slot tid % CT_FAULTS, last wins. */
#define CT_FAULTS 2048

struct ct_fault {
	unsigned long long mapping; /* the kernel's struct address_space */
	unsigned long long done;    /* faults that the task had behind it */
	unsigned long long ip;	    /* in user space */
	unsigned int tid, reserved;
};

/* Block requests on their way, by hash of queue, sector and operation. */
#define CT_REQUESTS 1024

struct ct_request {
	unsigned long long key, issued;
	unsigned int tid, reserved;
};

struct ct_control {
	/* set by user space */
	unsigned long long ns_dev, ns_ino; /* our own pid namespace, as stat() tells */
	unsigned int
		adopter;  /* the pid in it whose children become the workload's root; 0 = none */
	unsigned int all; /* trace every user task */
	unsigned int stack_bytes; /* to keep of a user stack, 0 = take none */
	unsigned int page_bytes;
	unsigned int attach_pid; /* snapshot: trace this process (our pid namespace), 0 = none */
	/* set by the probes */
	unsigned int restricted;     /* a traced task may not run on all CPUs, or might not once */
	unsigned int self_pid;	     /* our pid in the initial pid namespace, 0 = not known yet */
	unsigned int attached;	     /* threads newly traced by the last snapshot */
	unsigned long long live;     /* traced tasks alive */
	unsigned long long last_end; /* when `live` became 0, CLOCK_MONOTONIC */
};

/* One CPU's state, on cache lines of its own. */
struct ct_cpu {
	unsigned int hardirq; /* inside a hard interrupt; 2 = the timer's */
	unsigned int softirq; /* inside a softirq: 1 + its vector */
	unsigned int cur;     /* 1 + the tid that the last reported switch let in; 0 = none yet */
	unsigned int stack_tokens;	  /* new stacks that may still be sent */
	unsigned long long stack_refill;  /* when tokens were last given out */
	unsigned long long task;	  /* of the probe that runs: see address_of() */
	unsigned long long lost_first;	  /* first record lost since one was sent; 0 = none */
	unsigned int lost[CT_LOST_KINDS]; /* since then, by enum ct_type */
	unsigned long long lost_total[CT_LOST_KINDS];
} __attribute__((aligned(64)));

#endif
