// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/privilege.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/error.h"

static bool has(const struct __user_cap_data_struct *data, unsigned int cap)
{
	return data[CAP_TO_INDEX(cap)].effective & CAP_TO_MASK(cap);
}

bool privilege__may_record(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data))
		return true; /* cannot be told: the attempt will show */
	/* CAP_SYS_ADMIN stands for both (capabilities(7)). */
	return has(data, CAP_SYS_ADMIN) || (has(data, CAP_BPF) && has(data, CAP_PERFMON));
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

int privilege__demand(struct error *err)
{
	char remedy[256];

	if (privilege__may_record())
		return 0;
	return error__set(err, -EPERM, "recording needs root or CAP_BPF+CAP_PERFMON: %s",
			  privilege__remedy(remedy, sizeof(remedy)));
}
