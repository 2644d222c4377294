/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recorded program as what each of its tasks does, one thing after the other: what the scheduler
 * and the locks made of it is left out, and comes again when it is replayed. Types only.
 */
#ifndef REPLAY_PROGRAM_H
#define REPLAY_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLAY_NONE UINT32_MAX
#define NOWHERE	    UINT16_MAX

enum op_kind {
	OP_NONE,
	OP_RUN,	    /* computes for `ns` */
	OP_DELAY,   /* is blocked for `ns`, whatever the others do */
	OP_WAIT,    /* waits for the wake `peer` */
	OP_WAKE,    /* is the wake `peer` */
	OP_ACQUIRE, /* gets the lock `object`, waits while another has it */
	OP_RELEASE,
	OP_START, /* starts the task `peer` */
};

enum op_flag {
	OP_TIMER = 1,	  /* DELAY: for a time that was set */
	OP_DEVICE = 2,	  /* DELAY: for a disk or the network */
	OP_LOST = 4,	  /* DELAY: nobody knows what for */
	OP_MEET = 8,	  /* WAIT, WAKE: who wakes cannot be far ahead of who waits */
	OP_TOGETHER = 16, /* WAIT, WAKE: of a barrier: who wakes waits for who waits */
	OP_ASSUMED = 32,  /* ACQUIRE, RELEASE: not seen, but some like it must be there */
};

struct op {
	uint64_t ns;
	uint64_t at;	       /* when it began, in the recording */
	uint32_t object, peer; /* REPLAY_NONE = none */
	union {
		uint32_t latency; /* of what blocks: from woken to running; REPLAY_NONE: unknown */
		float share;	  /* RUN: how much of it is in the function that is changed */
	};
	float stretch; /* RUN: how long it took in the recording, per ns of computing */
	uint8_t kind, cause, flags;
	uint16_t cpu; /* RUN: where, of the program's CPUs; NOWHERE = not known */
};

/* A wake: who waits for it, and which of its waits that is. */
struct replay_wake {
	uint32_t task, number;
};

/* A user of a lock: how often it was found to have it when the scheduler stopped it. */
struct replay_user {
	uint32_t task, object;
	uint32_t stops, held;
};

struct replay_task {
	uint32_t id;	  /* in the model */
	uint32_t creator; /* in the model; REPLAY_NONE = not known */
	bool begins;	  /* at time 0, else another task starts it */
	size_t first, count;
};

/* When a CPU was busy with other programs. */
struct replay_busy {
	uint64_t start_ns, end_ns;
};

struct replay_cpu {
	struct replay_busy *busy; /* in order of time */
	size_t count, size;
};

struct program {
	struct op *ops;
	struct replay_task *tasks;
	struct replay_wake *wakes;
	struct replay_user *users;
	uint64_t *hold_ns; /* by object: how long it is held, usually; 0 = not known */
	struct replay_cpu *cpus;
	size_t nops, ops_size, ntasks, nwakes, nusers, users_size, nobjects;
	unsigned int ncpus; /* that it may use */
	uint64_t wall_ns;   /* as recorded */
	uint64_t slice_ns, latency_ns;
	uint64_t unknown_ns, task_ns; /* of all tasks' time */
};

#endif
