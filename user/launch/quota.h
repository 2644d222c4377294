/* SPDX-License-Identifier: GPL-2.0-only */
/* How much CPU time a process's cgroup lets it have. */
#ifndef LAUNCH_QUOTA_H
#define LAUNCH_QUOTA_H

#include <stdint.h>
#include <sys/types.h>

struct cpu_quota {
	uint64_t quota_us,
		period_us; /* of CPU time in each period; 0 and 0 = no limit, or not known */
};

/*
 * The tightest limit of the process's cgroup and those around it (0 = our own process). `proc` and
 * `cgroup` are where these file systems are: "/proc", "/sys/fs/cgroup".
 */
struct cpu_quota quota__of(pid_t pid, const char *proc, const char *cgroup);

#endif
