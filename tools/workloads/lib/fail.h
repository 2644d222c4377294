/* SPDX-License-Identifier: GPL-2.0-only */
/* A workload that cannot go on says why in one line and exits with 1. */
#ifndef WORKLOADS_LIB_FAIL_H
#define WORKLOADS_LIB_FAIL_H

/* The name that goes before each message; a string that lives forever. */
void fail__set_name(const char *name);
/* Prints "name: what: reason" to standard error and exits; error is an errno value. */
_Noreturn void fail(const char *what, int error);
/* For calls that return 0 or an errno value (pthread_*). */
void check(int error, const char *what);
/* For calls that return -1 and set errno; hands on what they returned. */
long check_errno(long ret, const char *what);

#endif
