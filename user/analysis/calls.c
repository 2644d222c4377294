// SPDX-License-Identifier: GPL-2.0-only
/* Numbers: arch/x86/entry/syscalls/syscall_64.tbl (Linux 6.12). */
#include "analysis/calls.h"

#include "bpf/events.h"

static const char *const names[CALL_COUNT] = {
	[CALL_OTHER] = "other",	    [CALL_READ] = "read",     [CALL_WRITE] = "write",
	[CALL_CONNECT] = "connect", [CALL_ACCEPT] = "accept", [CALL_SYNC] = "sync",
	[CALL_POLL] = "poll",	    [CALL_LOCK] = "lock",     [CALL_FAULT] = "fault",
};

enum call call__of(int nr)
{
	switch (nr) {
	case CT_NR_NONE:
		return CALL_FAULT;
	case 0:	  /* read */
	case 17:  /* pread64 */
	case 19:  /* readv */
	case 45:  /* recvfrom */
	case 47:  /* recvmsg */
	case 78:  /* getdents */
	case 217: /* getdents64 */
	case 295: /* preadv */
	case 299: /* recvmmsg */
	case 327: /* preadv2 */
		return CALL_READ;
	case 1:	  /* write */
	case 18:  /* pwrite64 */
	case 20:  /* writev */
	case 44:  /* sendto */
	case 46:  /* sendmsg */
	case 296: /* pwritev */
	case 307: /* sendmmsg */
	case 328: /* pwritev2 */
		return CALL_WRITE;
	case 42:
		return CALL_CONNECT;
	case 43:
	case 288: /* accept4 */
		return CALL_ACCEPT;
	case 26:  /* msync */
	case 74:  /* fsync */
	case 75:  /* fdatasync */
	case 277: /* sync_file_range */
	case 306: /* syncfs */
		return CALL_SYNC;
	case 232: /* epoll_wait */
	case 281: /* epoll_pwait */
	case 441: /* epoll_pwait2 */
	case 426: /* io_uring_enter */
		return CALL_POLL;
	case 72: /* fcntl */
	case 73: /* flock */
		return CALL_LOCK;
	default:
		return CALL_OTHER;
	}
}

const char *call__name(enum call call)
{
	return names[call];
}
