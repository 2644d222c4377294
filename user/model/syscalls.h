/* SPDX-License-Identifier: GPL-2.0-only */
/* What a task that blocks in a system call waits for, x86-64. */
#ifndef MODEL_SYSCALLS_H
#define MODEL_SYSCALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/events.h"
#include "model/cause.h"
#include "model/entity.h"
#include "model/file_info.h"

/* How it blocked, besides the number. */
struct block {
	int nr; /* CT_NR_NONE: not in a system call */
	uint64_t args[CT_WAIT_ARGS];
	uint32_t prev_state; /* the kernel's mask */
	uint16_t fd_mode;    /* S_IFMT of descriptor args[0], CT_FD_NONE */
	bool iowait;
	bool compat;		      /* the number is of the 32-bit table */
	const struct file_info *file; /* of descriptor args[0], or of the fault; NULL = not known */
	bool fault;		      /* of memory of that file, whatever the number */
};

/* Futexes excepted, of which it only says CAUSE_FUTEX. */
enum cause syscalls__cause(const struct block *block);

/* True if the call's first argument is a descriptor, of what it waits for or in. */
bool syscalls__on_file(const struct block *block);

/* True for calls that hand data to a peer: on loopback the receiver is woken from inside them. */
bool syscalls__sends(int nr);

#define SYSCALL_RESTART 219 /* restart_syscall: goes on with the wait before */
#define SYSCALL_FUTEX	202

#endif
