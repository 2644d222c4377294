// SPDX-License-Identifier: GPL-2.0-only
#include "capture/lacks.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/arch.h"
#include "lib/error.h"

#define OLDEST_MAJOR 5
#define OLDEST_MINOR 18

static bool kernel_too_old(struct utsname *uts)
{
	unsigned long major, minor;
	char *end;

	if (uname(uts))
		return false;
	major = strtoul(uts->release, &end, 10);
	if (end == uts->release || *end != '.')
		return false;
	minor = strtoul(end + 1, NULL, 10);
	return major < OLDEST_MAJOR || (major == OLDEST_MAJOR && minor < OLDEST_MINOR);
}

int lacks__explain(int code, const char *what, const char *detail, struct error *err)
{
	struct utsname uts = {0};

	if (!uname(&uts) && !arch__is_known(uts.machine))
		return error__set(err, code,
				  "this machine is %s; only x86_64 and aarch64 are supported",
				  uts.machine);
	if (kernel_too_old(&uts))
		return error__set(
			err, code,
			"kernel %s is too old: Linux %d.%d or newer is needed (sched_switch "
			"does not give the blocked state to BPF before); `conctrace doctor` "
			"shows all that is needed",
			uts.release, OLDEST_MAJOR, OLDEST_MINOR);
	if (code == -EPERM || code == -EACCES)
		return error__set(
			err, code,
			"recording needs root, or CAP_BPF and CAP_PERFMON: run with sudo, or "
			"once `sudo setcap cap_bpf,cap_perfmon+ep` on the conctrace binary; "
			"`conctrace doctor` tells more");
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		return error__set(
			err, code,
			"the kernel offers no type information (/sys/kernel/btf/vmlinux): it "
			"must be built with CONFIG_DEBUG_INFO_BTF=y, as distribution kernels "
			"are");
	return error__set(err, code, "%s: %s%s%s%s; `conctrace doctor` tells more", what,
			  strerror(-code), *detail ? " (" : "", detail, *detail ? ")" : "");
}
