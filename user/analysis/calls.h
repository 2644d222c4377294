/* SPDX-License-Identifier: GPL-2.0-only */
/* What a thread does with a descriptor in the system call that it blocks in. */
#ifndef ANALYSIS_CALLS_H
#define ANALYSIS_CALLS_H

enum call {
	CALL_OTHER,
	CALL_READ, /* also receiving */
	CALL_WRITE,
	CALL_CONNECT,
	CALL_ACCEPT,
	CALL_SYNC,
	CALL_POLL,
	CALL_LOCK,
	CALL_FAULT,
	CALL_COUNT
};

/* nr: of x86-64, CT_NR_NONE: a page fault. */
enum call call__of(int nr);
/* "read", "write", "accept"... */
const char *call__name(enum call call);

#endif
