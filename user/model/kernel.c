// SPDX-License-Identifier: GPL-2.0-only
#include "model/kernel.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "symbol/kallsyms.h"
#include "trace/info.h"
#include "trace/redact.h"

#define SAME_BOOT_NS 5000000000LL /* the wall clock may have been set a little since */

struct kernel {
	const struct trace_info *info;
	struct kallsyms *symbols;
	bool tried;
};

struct kernel *kernel__new(const struct trace_info *info)
{
	struct kernel *k = calloc(1, sizeof(*k));

	if (k)
		k->info = info;
	return k;
}

void kernel__free(struct kernel *k)
{
	if (!k)
		return;
	kallsyms__free(k->symbols);
	free(k);
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec ts = {0};

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* The same host and kernel, booted at the same time. */
static bool same_boot(const struct trace_info *info)
{
	int64_t booted = (int64_t)(info->clock_realtime - info->clock_boottime);
	int64_t booted_here = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME);
	struct utsname host;

	return uname(&host) == 0 && !strcmp(host.release, info->release) &&
	       !strcmp(host.version, info->version) &&
	       (!strcmp(host.nodename, info->hostname) ||
		!strncmp(info->hostname, REDACT_PREFIX, strlen(REDACT_PREFIX))) &&
	       llabs(booted - booted_here) < SAME_BOOT_NS;
}

const char *kernel__symbol(struct kernel *k, uint64_t address, uint64_t *offset)
{
	if (!k->tried && same_boot(k->info))
		k->symbols = kallsyms__running();
	k->tried = true;
	return k->symbols ? kallsyms__find(k->symbols, address, offset) : NULL;
}
