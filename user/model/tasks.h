/* SPDX-License-Identifier: GPL-2.0-only */
/* The model's own view of a task, and the table of them: who bears which tid now. */
#ifndef MODEL_TASKS_H
#define MODEL_TASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/events.h"
#include "model/slice.h"

enum phase {
	PHASE_UNSEEN, /* existed before, nothing known yet */
	PHASE_RUNNING,
	PHASE_RUNNABLE,
	PHASE_BLOCKED, /* switched out blocked; `woken` says since when it is runnable again */
	PHASE_UNKNOWN, /* records that concern it were lost */
	PHASE_ENDED,
};

struct woken {
	bool valid;
	uint64_t ts;
	enum wake_source source;
	const struct model_task *waker;
	uint64_t stack;	 /* the waker's, 0 = not taken */
	uint64_t target; /* id of the waker's file, 0 = none */
};

/* Times are CLOCK_MONOTONIC, as in the records. */
struct task {
	struct model_task pub;
	enum phase phase;
	uint64_t since;
	uint32_t cpu;	    /* where it runs or ran last, UINT32_MAX = unknown */
	bool described;	    /* of a guessed block: wait is all that can be known */
	bool guessed;	    /* the phase is from the snapshot; the first record overrules it */
	bool throttled;	    /* PHASE_RUNNABLE: for want of CPU quota */
	uint32_t allowed;   /* id of the CPUs it may run on, 0 = all; see allowed.h */
	struct woken woken; /* BLOCKED, RUNNABLE: the waking that ended the block */
	/* RUNNING: the last waking since the switch-in; BLOCKED: one that came after `woken`. */
	struct woken pending;
	struct wait wait;	/* the last block's */
	uint32_t guessed_state; /* the kernel's mask, of a guessed block */
	bool guessed_compat;
	bool named; /* by a runtime, see tasks__set_name() */
	bool has_aux;
	uint8_t aux;		/* low byte of nvcsw at the last switch-out */
	uint32_t space;		/* process image, 0 = not known yet */
	struct hold_task *hold; /* of holders.c; NULL = it had to do with no lock */
	uint64_t begin;		/* of its life, or of what is known of it */
	uint64_t base_nvcsw, base_nivcsw, base_sum_exec; /* the kernel's counts at begin */
};

struct tasks;

struct tasks *tasks__new(void);
void tasks__free(struct tasks *t);

/* The task that bears tid now, NULL if none is known. */
struct task *tasks__find(const struct tasks *t, uint32_t tid);
/* A new task, in place of whoever bore the tid. Returns NULL when out of memory. */
struct task *tasks__add(struct tasks *t, uint32_t tid);
/* Who it is: process, and both ids in its own pid namespace (0 = unknown). 0 or -ENOMEM. */
int tasks__identify(struct tasks *t, struct task *task, uint32_t pid, uint32_t ns_tid,
		    uint32_t ns_pid);
/* The tid is free again; the task stays in the table by its id. */
void tasks__retire(struct tasks *t, struct task *task);
/*
 * A thread that execs takes its leader's tid, and the leader, about to vanish, the thread's
 * (exchange_tids() in kernel/pid.c). Returns 0 or -ENOMEM.
 */
int tasks__exchange(struct tasks *t, struct task *task, uint32_t leader_tid);
/* Sets the kernel's name, keeping the one before. Returns 0 or -ENOMEM. */
int tasks__rename(struct tasks *t, struct task *task, const char comm[CT_COMM_LEN]);
/* The same of a runtime's, which the kernel's do not replace until the task's next exec. */
int tasks__set_name(struct task *task, const char *name);
/* As if it had never borne another name. */
void tasks__forget_names(struct task *task);
/* True if the process has a live thread that calls itself ns_tid. */
bool tasks__has_thread(const struct tasks *t, uint32_t pid, uint32_t ns_tid);
/* That thread; NULL if there is none. */
struct task *tasks__thread(const struct tasks *t, uint32_t pid, uint32_t ns_tid);
/* The live thread of the process that has this thread pointer; NULL if it is not known. */
struct task *tasks__by_tls(const struct tasks *t, uint32_t pid, uint64_t tls);
/* Keeps the file name and arguments of an exec. Returns 0 or -ENOMEM. */
int tasks__set_exec(struct tasks *t, struct task *task, const struct ct_exec *exec);

size_t tasks__count(const struct tasks *t);
struct task *tasks__at(const struct tasks *t, size_t id);

#endif
