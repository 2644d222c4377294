/* SPDX-License-Identifier: GPL-2.0-only */
/* Why a task was blocked: the words of the reports. One row is one cause. */
#ifndef MODEL_CAUSE_H
#define MODEL_CAUSE_H

/* X(identifier, name in reports, letter in small pictures, in words) */
#define MODEL_CAUSES(X)                                                                            \
	X(MUTEX, "mutex", 'm', "a mutex")                                                          \
	X(RWLOCK, "rwlock", 'w', "a read-write lock")                                              \
	X(CONDVAR, "condvar", 'c', "a condition variable")                                         \
	X(SEMAPHORE, "semaphore", 's', "a semaphore")                                              \
	X(BARRIER, "barrier", 'b', "a barrier")                                                    \
	X(ONCE, "once", 'o', "a one-time initialisation")                                          \
	X(JOIN, "join", 'j', "a thread to end")                                                    \
	X(FUTEX, "futex", 'f', "a futex of unknown use")                                           \
	X(KERNEL, "kernel", 'k', "a lock inside the kernel")                                       \
	X(GIL, "gil", 'g', "Python's interpreter lock")                                            \
	X(SLEEP, "sleep", 'z', "a timer it set itself")                                            \
	X(DISK, "disk", 'd', "a storage device")                                                   \
	X(FILE, "file", 'r', "a file or device")                                                   \
	X(NETWORK, "network", 'n', "a socket")                                                     \
	X(PIPE, "pipe", 'p', "a pipe")                                                             \
	X(POLL, "poll", 'e', "events on several descriptors")                                      \
	X(CHILD, "child", 'h', "a child process")                                                  \
	X(PAGEFAULT, "pagefault", 'v', "a page to come into memory")                               \
	X(SIGNAL, "signal", 'i', "a signal")                                                       \
	X(STOPPED, "stopped", 't', "being continued after a stop")                                 \
	X(OTHER, "other", '?', "something not classified")

enum cause {
#define X(id, name, letter, words) CAUSE_##id,
	MODEL_CAUSES(X)
#undef X
		CAUSE_COUNT
};

const char *cause__name(enum cause cause);
char cause__letter(enum cause cause);
const char *cause__words(enum cause cause);

#endif
