// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/privilege.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "launch/identity.h"
#include "lib/caps.h"
#include "lib/error.h"

/* To load and attach probes; buffers of perf events may be larger than others' locked memory. */
#define PROBES (CAP_BIT(CAP_BPF) | CAP_BIT(CAP_PERFMON) | CAP_BIT(CAP_IPC_LOCK))
/* Others' programs: their files, /proc/PID/root and maps, /proc/PID/map_files; passing signals on.
 */
#define WATCH                                                                                      \
	(CAP_BIT(CAP_DAC_READ_SEARCH) | CAP_BIT(CAP_SYS_PTRACE) |                                  \
	 CAP_BIT(CAP_CHECKPOINT_RESTORE) | CAP_BIT(CAP_KILL))
/* So that a recorder that is waited for gets its turn: urgency__raise(). */
#define HURRY CAP_BIT(CAP_SYS_NICE)
/* In the invoking user's directories, and as that user's own. */
#define NAME_FILES (CAP_BIT(CAP_DAC_OVERRIDE) | CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_FOWNER))
/* To become the invoking user; names of the kernel's functions. */
#define BECOME	  (CAP_BIT(CAP_SETUID) | CAP_BIT(CAP_SETGID))
#define SYMBOLISE CAP_BIT(CAP_SYSLOG)
#define READ	  (CAP_BIT(CAP_DAC_READ_SEARCH) | NAME_FILES | BECOME | SYMBOLISE)

/* CAP_SYS_ADMIN stands for both (capabilities(7)); needed only where one of them is not there. */
static bool is_enough(uint64_t caps)
{
	return (caps & CAP_BIT(CAP_BPF)) && (caps & CAP_BIT(CAP_PERFMON));
}

bool privilege__may_record(void)
{
	uint64_t effective, permitted, inheritable;

	if (!caps__get(&effective, &permitted, &inheritable))
		return true; /* cannot be told: the attempt will show */
	return is_enough(effective) || (effective & CAP_BIT(CAP_SYS_ADMIN));
}

char *privilege__remedy(char *buf, size_t size)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[len > 0 ? len : 0] = '\0';
	snprintf(buf, size, "sudo conctrace ..., or once: sudo setcap cap_bpf,cap_perfmon+ep %s",
		 len > 0 ? self : "conctrace");
	return buf;
}

/*
 * Debian's kernels, and those made from them, have a level of their own above 2, and at that
 * CAP_PERFMON does not open perf events: mappings and samples would not be told.
 */
static bool is_paranoid(void)
{
	FILE *setting = fopen("/proc/sys/kernel/perf_event_paranoid", "re");
	int level = 0;

	if (!setting)
		return false;
	if (fscanf(setting, "%d", &level) != 1)
		level = 0;
	fclose(setting);
	return level > 2;
}

/* What the user wants programs to inherit is theirs, not ours: it stays until they are started. */
static void limit(uint64_t wanted)
{
	uint64_t effective, permitted, inheritable;

	if (!caps__get(&effective, &permitted, &inheritable))
		return;
	if ((wanted & PROBES) && (!is_enough(effective) || is_paranoid()))
		wanted |= CAP_BIT(CAP_SYS_ADMIN);
	caps__limit(wanted | inheritable, wanted);
}

int privilege__demand(struct error *err)
{
	char remedy[256];

	if (!privilege__may_record())
		return error__set(err, -EPERM, "recording needs root or CAP_BPF+CAP_PERFMON: %s",
				  privilege__remedy(remedy, sizeof(remedy)));
	return 0;
}

void privilege__to_record(void)
{
	limit(PROBES | WATCH | READ | HURRY);
}

void privilege__to_read(void)
{
	limit(READ);
}

void privilege__to_set_up(void)
{
	caps__raise(~0ull);
}

void privilege__to_watch(void)
{
	caps__use(WATCH);
}

void privilege__to_name_files(void)
{
	caps__limit(NAME_FILES | CAP_BIT(CAP_DAC_READ_SEARCH),
		    NAME_FILES | CAP_BIT(CAP_DAC_READ_SEARCH));
}

int privilege__to_analyse(const struct identity *user, bool read_all)
{
	uint64_t kept = read_all ? CAP_BIT(CAP_DAC_READ_SEARCH) : 0;
	int rc = 0;

	if (user && kept)
		prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
	caps__raise(BECOME);
	if (user)
		rc = identity__assume(user);
	if (!rc)
		rc = caps__limit(kept, ~0ull);
	if (!rc)
		rc = caps__use(kept);
	return rc;
}
