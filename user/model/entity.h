/* SPDX-License-Identifier: GPL-2.0-only */
/* What the model knows of: tasks, process images, sync objects, files, call chains. Types only. */
#ifndef MODEL_ENTITY_H
#define MODEL_ENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/events.h"
#include "model/cause.h"
#include "symbol/frame.h"

struct maps;
struct file_info;

enum birth {
	BIRTH_UNKNOWN,
	BIRTH_THREAD, /* shares its creator's process */
	BIRTH_FORK,   /* a copy of its creator */
	BIRTH_VFORK,  /* vfork, posix_spawn, system: the creator waits for exec or exit */
};

#define TASK_NAME_LEN 63 /* bytes: a longer one is cut */

struct task_name {
	char comm[TASK_NAME_LEN + 1];
	struct task_name *next; /* an earlier name */
};

struct model_task {
	uint32_t id; /* dense, unique: tids may be used again */
	uint32_t tid, pid, ppid;
	uint32_t ns_tid, ns_pid; /* in the task's own pid namespace; 0 = unknown */
	uint32_t parent_tid;
	/* The last one: what its language's runtime calls it, if that is known, else the kernel. */
	char comm[TASK_NAME_LEN + 1];
	const struct task_name *names; /* others, newest first; NULL = none */
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
	/* Its birth and end; times within the recording, 0 = not seen. */
	enum birth birth;
	uint64_t born_ns;      /* its creator first woke it */
	uint64_t first_run_ns; /* it first ran */
	uint64_t exec_ns;      /* its first exec after birth */
	uint64_t reaped_ns;    /* its parent came back from waiting for it */
	/* Its memory; 0 = not known. */
	uint64_t tls;			/* thread pointer at birth: glibc's pthread_t */
	uint64_t peak_memory;		/* bytes, of its process; told of those that end last */
	uint64_t stack_low, stack_high; /* the lowest and highest stack pointer seen */
};

/* CPython in a process, by its data object _PyRuntime; all 0 = none. */
struct python_state {
	uint64_t start, len;
	uint32_t version; /* PY_VERSION_HEX; 0 = not known */
	bool frames;	  /* its stacks were recorded */
	uint64_t gil;	  /* the interpreter lock's condition variable; 0 = not known yet */
};

/* A program in memory: from an exec, or a fork, to the next exec. */
struct model_space {
	uint32_t id; /* dense */
	uint32_t pid;
	const struct maps *maps; /* what it had mapped in the end; NULL = nothing known */
	struct python_state python;
};

struct sync_object {
	uint32_t id; /* dense */
	enum cause kind;
	uint32_t pid; /* whose address it is: who waited there first */
	uint32_t space;
	uint64_t address;
	uint64_t first_ns;	      /* when somebody first waited for it, within the recording */
	bool shared;		      /* between processes */
	const struct file_info *file; /* in whose memory it is, if shared; NULL = not known */
	/* Where in it `address` is, if its layout is known, else 0; sizeof(pthread_mutex_t). */
	uint8_t offset, mutex_bytes;
	bool libc;	 /* internal to the C library: stdio, malloc... */
	bool counter;	 /* its word counts up: it is no lock, whatever it once looked like */
	bool parking;	 /* a runtime's parking place (Go, Java, Rust's thread::park): no lock */
	uint64_t kernel; /* CAUSE_KERNEL: the kernel's address of the lock, else 0 */
	bool mmap_lock;	 /* of those: what guards the memory map of `space` */
};

/* A call chain; frames innermost first. */
struct model_stack {
	uint64_t id;
	uint32_t index; /* dense, from 0 */
	uint32_t space;
	const struct frame *frames;
	size_t nframes;
	enum stack_end end;
};

#endif
