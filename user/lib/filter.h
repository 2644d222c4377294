/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits the process to the system calls that reading files, computing and writing to what is open
 * already need. See seccomp(2).
 */
#ifndef LIB_FILTER_H
#define LIB_FILTER_H

#include <stdbool.h>

/* Whether the kernel has such filters. */
bool filter__exists(void);

/*
 * For all threads of the process, for good; sets no_new_privs. With `signals`, other processes may
 * be sent signals; with `unlinks`, names may be removed. What is never needed (running programs,
 * sockets, ptrace, changing the file system, ...) ends the process with a message and exit code
 * 125; what is not known here fails with ENOSYS, as on an older kernel. Returns 0, or a negative
 * errno if there is no such filter.
 */
int filter__enter(bool unlinks);

#endif
