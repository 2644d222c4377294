/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Files, pipes and sockets: an id for each, and what it is the first time. All are about the
 * current task; global functions, verified once per program however often it calls them.
 */
#ifndef CT_FILE_BPF_H
#define CT_FILE_BPF_H

#include "bpf/state.bpf.h"

/* The id of the file behind a descriptor, 0 = none; *mode gets its S_IFMT, CT_FD_NONE. */
u64 file_of(u64 fd, u64 now, u32 *mode);
/* 1 if the descriptor is of a pipe or unix socket: what goes through it is copied here. */
u32 is_pipe(u64 fd);
/* The id of the file that an inode of the kernel stands for, by any of its names; 0 = none. */
u64 file_of_inode(u64 inode, u64 now);
/*
 * A number for a futex in memory that processes share, the same in all of them; 0 = it is not.
 * Sends the file that the memory is of, if that is new.
 */
u64 shared_id(u64 uaddr, u64 now);

#endif
