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
#define CT_ASLEEP 65536

/*
 * A CPU's ring of records: struct ct_ring, then the bytes, then CT_RING_SLACK more, so that a
 * record that begins before the end need not wrap. Positions only grow. A record is there once
 * its ct_hdr.type is not 0; the reader zeroes what it has taken, then moves the tail.
 */
#define CT_RING_SLACK 1024

struct ct_ring {
	unsigned long long head; /* next position to write */
	unsigned char pad0[56];
	unsigned long long tail; /* next position to read */
	unsigned char pad1[56];
};

struct ct_control {
	/* set by user space */
	unsigned long long ns_dev, ns_ino; /* our own pid namespace, as stat() tells */
	unsigned int own_pid;		   /* our pid in it */
	unsigned int adopt;		   /* tasks that we fork become the workload's root */
	unsigned int all;		   /* trace every user task */
	unsigned int attach_pid; /* snapshot: trace this process (our pid namespace), 0 = none */
	/* set by the probes */
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
	unsigned int reserved;
	unsigned long long lost_first;	  /* first record lost since one was sent; 0 = none */
	unsigned int lost[CT_LOST_KINDS]; /* since then, by enum ct_type */
	unsigned long long lost_total[CT_LOST_KINDS];
} __attribute__((aligned(64)));

#endif
