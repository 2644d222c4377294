// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers: arch/x86/entry/syscalls/syscall_64.tbl (Linux 6.12). States: include/linux/sched.h.
 * Which calls block, and in which states, was seen on Linux 6.18 with glibc 2.36.
 */
#include "model/syscalls.h"

#include <stddef.h>
#include <string.h>

#define STATE_UNINTERRUPTIBLE 0x2
#define STATE_STOPPED	      0x4
#define STATE_TRACED	      0x8

#define IFMT_FIFO 0010000
#define IFMT_SOCK 0140000

enum how {
	AS_IS,	 /* the row's cause; in state D it is a kernel lock or a page fault instead */
	ALWAYS,	 /* the row's cause, in whatever state */
	BY_FILE, /* by the descriptor's type */
	STORAGE, /* file system work: disk if it waits for IO */
	IF_FDS,	 /* the row's cause, but a sleep if the number of descriptors is 0 */
};

struct row {
	short nr;
	unsigned char how;
	unsigned char cause; /* enum cause */
	unsigned char arg;   /* IF_FDS: which argument is the number */
};

static const struct row rows[] = {
	{0, BY_FILE, CAUSE_FILE, 0},	 /* read */
	{1, BY_FILE, CAUSE_FILE, 0},	 /* write */
	{2, STORAGE, CAUSE_FILE, 0},	 /* open */
	{3, STORAGE, CAUSE_FILE, 0},	 /* close */
	{4, STORAGE, CAUSE_FILE, 0},	 /* stat */
	{5, STORAGE, CAUSE_FILE, 0},	 /* fstat */
	{6, STORAGE, CAUSE_FILE, 0},	 /* lstat */
	{7, IF_FDS, CAUSE_POLL, 1},	 /* poll */
	{16, BY_FILE, CAUSE_FILE, 0},	 /* ioctl */
	{17, BY_FILE, CAUSE_FILE, 0},	 /* pread64 */
	{18, BY_FILE, CAUSE_FILE, 0},	 /* pwrite64 */
	{19, BY_FILE, CAUSE_FILE, 0},	 /* readv */
	{20, BY_FILE, CAUSE_FILE, 0},	 /* writev */
	{23, IF_FDS, CAUSE_POLL, 0},	 /* select */
	{26, ALWAYS, CAUSE_DISK, 0},	 /* msync */
	{34, AS_IS, CAUSE_SIGNAL, 0},	 /* pause */
	{35, AS_IS, CAUSE_SLEEP, 0},	 /* nanosleep */
	{40, BY_FILE, CAUSE_FILE, 0},	 /* sendfile */
	{42, AS_IS, CAUSE_NETWORK, 0},	 /* connect */
	{43, AS_IS, CAUSE_NETWORK, 0},	 /* accept */
	{44, AS_IS, CAUSE_NETWORK, 0},	 /* sendto */
	{45, AS_IS, CAUSE_NETWORK, 0},	 /* recvfrom */
	{46, AS_IS, CAUSE_NETWORK, 0},	 /* sendmsg */
	{47, AS_IS, CAUSE_NETWORK, 0},	 /* recvmsg */
	{48, AS_IS, CAUSE_NETWORK, 0},	 /* shutdown */
	{56, ALWAYS, CAUSE_CHILD, 0},	 /* clone with CLONE_VFORK */
	{58, ALWAYS, CAUSE_CHILD, 0},	 /* vfork */
	{61, AS_IS, CAUSE_CHILD, 0},	 /* wait4 */
	{65, AS_IS, CAUSE_SEMAPHORE, 0}, /* semop */
	{72, AS_IS, CAUSE_FILE, 0},	 /* fcntl: a record lock */
	{73, AS_IS, CAUSE_FILE, 0},	 /* flock */
	{74, ALWAYS, CAUSE_DISK, 0},	 /* fsync */
	{75, ALWAYS, CAUSE_DISK, 0},	 /* fdatasync */
	{76, STORAGE, CAUSE_FILE, 0},	 /* truncate */
	{77, STORAGE, CAUSE_FILE, 0},	 /* ftruncate */
	{78, STORAGE, CAUSE_FILE, 0},	 /* getdents */
	{82, STORAGE, CAUSE_FILE, 0},	 /* rename */
	{83, STORAGE, CAUSE_FILE, 0},	 /* mkdir */
	{84, STORAGE, CAUSE_FILE, 0},	 /* rmdir */
	{85, STORAGE, CAUSE_FILE, 0},	 /* creat */
	{87, STORAGE, CAUSE_FILE, 0},	 /* unlink */
	{128, AS_IS, CAUSE_SIGNAL, 0},	 /* rt_sigtimedwait */
	{130, AS_IS, CAUSE_SIGNAL, 0},	 /* rt_sigsuspend */
	{162, ALWAYS, CAUSE_DISK, 0},	 /* sync */
	{SYSCALL_FUTEX, AS_IS, CAUSE_FUTEX, 0},
	{208, AS_IS, CAUSE_POLL, 0},	  /* io_getevents */
	{217, STORAGE, CAUSE_FILE, 0},	  /* getdents64 */
	{220, AS_IS, CAUSE_SEMAPHORE, 0}, /* semtimedop */
	{230, AS_IS, CAUSE_SLEEP, 0},	  /* clock_nanosleep */
	{232, AS_IS, CAUSE_POLL, 0},	  /* epoll_wait */
	{247, AS_IS, CAUSE_CHILD, 0},	  /* waitid */
	{257, STORAGE, CAUSE_FILE, 0},	  /* openat */
	{262, STORAGE, CAUSE_FILE, 0},	  /* newfstatat */
	{263, STORAGE, CAUSE_FILE, 0},	  /* unlinkat */
	{270, IF_FDS, CAUSE_POLL, 0},	  /* pselect6 */
	{271, IF_FDS, CAUSE_POLL, 1},	  /* ppoll */
	{275, BY_FILE, CAUSE_FILE, 0},	  /* splice */
	{276, BY_FILE, CAUSE_FILE, 0},	  /* tee */
	{277, ALWAYS, CAUSE_DISK, 0},	  /* sync_file_range */
	{281, AS_IS, CAUSE_POLL, 0},	  /* epoll_pwait */
	{285, STORAGE, CAUSE_FILE, 0},	  /* fallocate */
	{288, AS_IS, CAUSE_NETWORK, 0},	  /* accept4 */
	{295, BY_FILE, CAUSE_FILE, 0},	  /* preadv */
	{296, BY_FILE, CAUSE_FILE, 0},	  /* pwritev */
	{299, AS_IS, CAUSE_NETWORK, 0},	  /* recvmmsg */
	{306, ALWAYS, CAUSE_DISK, 0},	  /* syncfs */
	{307, AS_IS, CAUSE_NETWORK, 0},	  /* sendmmsg */
	{316, STORAGE, CAUSE_FILE, 0},	  /* renameat2 */
	{326, STORAGE, CAUSE_FILE, 0},	  /* copy_file_range */
	{327, BY_FILE, CAUSE_FILE, 0},	  /* preadv2 */
	{328, BY_FILE, CAUSE_FILE, 0},	  /* pwritev2 */
	{332, STORAGE, CAUSE_FILE, 0},	  /* statx */
	{333, AS_IS, CAUSE_POLL, 0},	  /* io_pgetevents */
	{426, AS_IS, CAUSE_POLL, 0},	  /* io_uring_enter */
	{435, ALWAYS, CAUSE_CHILD, 0},	  /* clone3 with CLONE_VFORK */
	{441, AS_IS, CAUSE_POLL, 0},	  /* epoll_pwait2 */
	{449, AS_IS, CAUSE_FUTEX, 0},	  /* futex_waitv */
	{455, AS_IS, CAUSE_FUTEX, 0},	  /* futex_wait */
};

static const struct row *find(int nr)
{
	size_t low = 0, high = sizeof(rows) / sizeof(rows[0]);

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (rows[mid].nr == nr)
			return &rows[mid];
		if (rows[mid].nr < nr)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* Where the call itself tells nothing: what the task's state tells. */
static enum cause by_state(const struct block *b)
{
	if (b->iowait)
		return CAUSE_DISK;
	return b->prev_state & STATE_UNINTERRUPTIBLE ? CAUSE_KERNEL : CAUSE_OTHER;
}

/* Descriptors of no file: their names, kernel/ and fs/. */
static const struct {
	const char *name;
	enum cause cause;
} anonymous[] = {
	{"[timerfd]", CAUSE_SLEEP},
	{"[signalfd]", CAUSE_SIGNAL},
	{"[eventfd]", CAUSE_POLL},
	{"inotify", CAUSE_POLL},
};

static enum cause by_name(const struct file_info *file, enum cause fallback)
{
	size_t i;

	for (i = 0; i < sizeof(anonymous) / sizeof(anonymous[0]); i++)
		if (!strcmp(file->text, anonymous[i].name))
			return anonymous[i].cause;
	return fallback;
}

static enum cause by_file(const struct block *b, enum cause fallback)
{
	if (b->fd_mode == IFMT_FIFO)
		return CAUSE_PIPE;
	if (b->fd_mode == IFMT_SOCK)
		return CAUSE_NETWORK;
	if (b->iowait)
		return CAUSE_DISK;
	return b->file ? by_name(b->file, fallback) : fallback;
}

static enum cause by_row(const struct row *row, const struct block *b)
{
	enum cause cause = row->cause;

	switch (row->how) {
	case ALWAYS:
		return cause;
	case STORAGE:
		return b->iowait ? CAUSE_DISK : cause;
	case BY_FILE:
		cause = by_file(b, cause);
		break;
	case IF_FDS:
		if (!b->args[row->arg])
			cause = CAUSE_SLEEP;
		break;
	default:
		break;
	}
	/*
	 * Waiting as meant is interruptible. Uninterruptible inside such a call is a lock in the
	 * kernel, or a fault on the call's buffers: the number stays that of the call.
	 */
	if (cause == CAUSE_DISK || !(b->prev_state & STATE_UNINTERRUPTIBLE))
		return cause;
	return b->iowait ? CAUSE_PAGEFAULT : CAUSE_KERNEL;
}

enum cause syscalls__cause(const struct block *b)
{
	const struct row *row;

	if (b->prev_state & (STATE_STOPPED | STATE_TRACED))
		return CAUSE_STOPPED;
	if (b->fault)
		return CAUSE_PAGEFAULT;
	if (b->compat)
		return by_state(b);
	if (b->nr == CT_NR_NONE)
		return b->prev_state & STATE_UNINTERRUPTIBLE ? CAUSE_PAGEFAULT : CAUSE_OTHER;
	row = find(b->nr);
	return row ? by_row(row, b) : by_state(b);
}

bool syscalls__sends(int nr)
{
	switch (nr) {
	case 1:	  /* write */
	case 3:	  /* close */
	case 20:  /* writev */
	case 40:  /* sendfile */
	case 42:  /* connect */
	case 44:  /* sendto */
	case 46:  /* sendmsg */
	case 48:  /* shutdown */
	case 275: /* splice */
	case 307: /* sendmmsg */
		return true;
	default:
		return false;
	}
}

bool syscalls__on_file(const struct block *b)
{
	static const short others[] = {5,   72,	 73,  74,  75,	77,  78,  208, 217,
				       232, 277, 281, 285, 306, 333, 426, 441};
	const struct row *row = b->compat || b->nr < 0 ? NULL : find(b->nr);
	size_t i;

	if (row && (row->how == BY_FILE || row->cause == CAUSE_NETWORK))
		return true;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i] == b->nr && !b->compat)
			return true;
	return false;
}
